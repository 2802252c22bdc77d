import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { addressesIn } from '../../scripts/benchmark-browser/addresses.ts';
import { findChromium } from '../../scripts/benchmark-browser/find-chromium.ts';
import { drawForms } from '../../scripts/benchmark-browser/form.ts';
import { UsageError, parseOptions } from '../../scripts/benchmark-browser/options.ts';
import { Progress } from '../../scripts/benchmark-browser/progress.ts';
import {
  formatResults,
  parseResults,
  resultsOf,
  writeWhole,
} from '../../scripts/benchmark-browser/results.ts';
import { randomOf } from '../../scripts/kit/random.ts';
import { rejection } from '../support/rejection.ts';

const MEASUREMENT = { server: 'one', tserver: 5, ttotal: 50 };

describe('the options of a browser benchmark', () => {
  it('are those of the original where none are given', () => {
    const { seed, ...others } = parseOptions([], {}) as Exclude<ReturnType<typeof parseOptions>, 'help'>;
    expect(seed).to.be.within(0, 9999);
    expect(others).to.deep.equal({
      browsers: 10,
      forms: 100,
      output: 'results.json',
      report: 'results.html',
    });
  });

  it('come from the environment too', () => {
    const environment = { TEST_URL: 'https://thumbs.example', CHROMIUM_PATH: '/opt/chromium' };
    const options = parseOptions(['--urls', 'urls.txt', '--seed', '3'], environment);
    expect(options).to.deep.include({
      testUrl: new URL('https://thumbs.example'),
      chromium: '/opt/chromium',
      urls: 'urls.txt',
      seed: 3,
    });
    expect(parseOptions(['--chromium', '/mine'], { CHROMIUM_PATH: '/opt/chromium' })).to.include({
      chromium: '/mine',
    });
    expect(parseOptions(['--help'], {})).to.equal('help');
  });

  const faults: Record<string, [readonly string[], NodeJS.ProcessEnv, string]> = {
    'no browser': [['--browsers', '0'], {}, '--browsers: expected a whole number from 1 to 100; found "0".'],
    'half a form': [['--forms', '1.5'], {}, '--forms: expected a whole number from 1 to 10000; found "1.5".'],
    'a seed that is none': [
      ['--seed', 'x'],
      {},
      '--seed: expected a whole number from 0 to 4294967295; found "x".',
    ],
    'an option that there is not': [['--form', '3'], {}, "Unknown option '--form'"],
    'a service that is none': [
      ['--urls', 'u'],
      { TEST_URL: 'thumbs' },
      'TEST_URL: expected an address such as https://thumbs.example; found "thumbs".',
    ],
    'a deployment without images that it can reach': [
      [],
      { TEST_URL: 'https://thumbs.example' },
      'a service at TEST_URL cannot reach the pictures that are served here: name others with --urls FILE.',
    ],
  };
  for (const [what, [args, environment, sentence]] of Object.entries(faults)) {
    it(`refuse ${what} in one sentence`, () => {
      expect(() => parseOptions(args, environment)).to.throw(UsageError, sentence);
    });
  }

  it('say so where there is no Chromium', () => {
    expect(() => findChromium('/nowhere/chromium')).to.throw(
      UsageError,
      'there is no program at /nowhere/chromium: name Chromium with --chromium or CHROMIUM_PATH.',
    );
  });
});

describe('the files of a browser benchmark', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'benchmark-browser-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('hold the requests in the order in which the buttons were pressed, whenever they were answered', () => {
    const results = resultsOf([
      { form: { url: 'http://a/b:1', size: 64 }, measurement: MEASUREMENT, pressedAtMs: 2010.4 },
      { form: { url: 'http://a/b:1', size: 64 }, measurement: MEASUREMENT, pressedAtMs: 1000 },
      { form: { url: 'http://a/c', size: 64 }, measurement: MEASUREMENT, pressedAtMs: 1500 },
    ]);
    expect([...results]).to.deep.equal([
      [
        'http://a/b:1:64',
        [
          { ...MEASUREMENT, at: 0 },
          { ...MEASUREMENT, at: 1010 },
        ],
      ],
      ['http://a/c:64', [{ ...MEASUREMENT, at: 500 }]],
    ]);
    expect(parseResults(JSON.parse(formatResults(results)), '')).to.deep.equal(results);
    expect(formatResults(new Map())).to.equal('{}\n');
  });

  it('are whole or not there', async () => {
    const file = join(folder, 'results.json');
    await writeFile(file, 'a former run');
    await writeWhole(file, 'this run');
    expect(await readFile(file, 'utf8')).to.equal('this run');
    expect(await readdir(folder)).to.deep.equal(['results.json']);
  });

  const foreign: Record<string, [unknown, string]> = {
    'a list': [[], 'results.json is not an object of lists.'],
    'a key without a size': [{ 'http://a/b': [] }, '"http://a/b" in results.json is not <image url>:<size>.'],
    'a thumbnail without a list': [{ 'http://a:64': {} }, '"http://a:64" in results.json is not a list.'],
    'a request without a time': [
      { 'http://a:64': [{ server: '', tserver: 1 }] },
      'a request of "http://a:64"',
    ],
    'a time below none': [{ 'http://a:64': [{ ...MEASUREMENT, tserver: -1 }] }, 'a request of "http://a:64"'],
    'a request that is none': [{ 'http://a:64': [null] }, 'a request of "http://a:64"'],
  };
  for (const [what, [content, sentence]] of Object.entries(foreign)) {
    it(`are refused with ${what}`, () => {
      expect(() => parseResults(content, 'results.json')).to.throw(UsageError, sentence);
    });
  }

  it('name addresses, one a line', async () => {
    const file = join(folder, 'urls.txt');
    await writeFile(file, '# mine\r\nhttp://a/b.jpg\r\n\n  https://c/d.png \nhttp://a/b.jpg\n');
    const addresses = await addressesIn(file);
    expect(addresses.urls).to.deep.equal(['http://a/b.jpg', 'https://c/d.png']);
    await writeFile(file, 'http://a/b.jpg\nfile:///etc/passwd\n');
    expect(await sentenceOf(addressesIn(file))).to.include('"file:///etc/passwd"');
    await writeFile(file, '# none\n');
    expect(await sentenceOf(addressesIn(file))).to.include('there is no address in');
    expect(await sentenceOf(addressesIn(join(folder, 'missing')))).to.include('cannot be read');
  });
});

describe('the draw of a browser benchmark', () => {
  it('is the same for the same seed, and another for another', () => {
    const draw = (seed: number) => drawForms(40, ['a', 'b', 'c'], [64, 128], randomOf(seed));
    expect(draw(1)).to.deep.equal(draw(1));
    expect(draw(1)).not.to.deep.equal(draw(2));
    expect(new Set(draw(1).map(({ url, size }) => `${url}:${size}`))).to.have.length(6);
  });
});

describe('the progress of a browser benchmark', () => {
  const fault = { form: { url: 'http://a', size: 64 }, message: 'no' };

  it('is one line, drawn anew, in a terminal', () => {
    const written = watched(true, 4);
    expect(written).to.deep.equal([
      `${bar(0)} 0 of 4 forms, 0 from the cache`,
      `${bar(8)} 1 of 4 forms, 0 from the cache`,
      `${bar(16)} 2 of 4 forms, 1 from the cache`,
      `${bar(24)} 3 of 4 forms, 1 from the cache, 1 failed`,
      '\n',
    ]);
  });

  it('is a line now and then elsewhere', () => {
    expect(watched(false, 20)).to.deep.equal([
      '0 of 20 forms, 0 from the cache\n',
      '2 of 20 forms, 1 from the cache\n',
    ]);
  });

  function watched(isTTY: boolean, total: number): string[] {
    const written: string[] = [];
    const progress = new Progress(total, { isTTY, write: (text) => written.push(text) });
    progress.answered({ ...MEASUREMENT, cache: 'miss' });
    progress.answered({ ...MEASUREMENT, cache: 'hit' });
    progress.failed(fault);
    progress.end();
    expect(progress.faults).to.deep.equal([fault]);
    return written;
  }

  function bar(filled: number): string {
    return `\r\u001b[K${'█'.repeat(filled)}${'░'.repeat(32 - filled)}`;
  }
});

async function sentenceOf(failure: Promise<unknown>): Promise<string> {
  const error = await rejection(failure);
  expect(error).to.be.instanceOf(UsageError);
  return (error as UsageError).message;
}
