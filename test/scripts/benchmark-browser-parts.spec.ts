import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Options, UsageError, parseOptions } from '../../scripts/benchmark-browser/options.ts';
import { renderReport } from '../../scripts/benchmark-browser/report.ts';
import {
  type Measurement,
  type Results,
  formatResults,
  parseResults,
  resultsOf,
  writeWhole,
} from '../../scripts/benchmark-browser/results.ts';
import { formatTable, summarise } from '../../scripts/benchmark-browser/summary.ts';
import { addressesIn } from '../../scripts/kit/addresses.ts';
import { rejection } from '../support/rejection.ts';

const IMAGE = 'https://img.example/photo.jpg';
const HOSTILE = 'https://img.example/"><script>alert(1)</script>&amp;\'.jpg';
const SOME: Measurement = { server: 'one', tserver: 5, ttotal: 50 };

/** Four requests to three servers, without what other programs do not write. */
const FOREIGN: Results = new Map([
  [
    `${IMAGE}:128`,
    [
      { server: 'one', tserver: 527, ttotal: 771 },
      { server: 'two', tserver: 9, ttotal: 1445 },
      { server: 'one', tserver: 62, ttotal: 294 },
      { server: 'three', tserver: 70, ttotal: 286 },
    ],
  ],
]);

describe('the options of a browser benchmark', () => {
  it('have defaults, and come from the environment too', () => {
    expect(parseOptions([], {})).to.include({ browsers: 10, forms: 100, output: 'results.json' });
    const environment = { TEST_URL: 'https://thumbs.example', CHROMIUM_PATH: '/opt/chromium' };
    const options = parseOptions(['--urls', 'urls.txt', '--seed', '3'], environment) as Options;
    expect(options).to.include({ chromium: '/opt/chromium', urls: 'urls.txt', seed: 3 });
    expect(options.testUrl?.href).to.equal('https://thumbs.example/');
    expect(parseOptions(['--help'], {})).to.equal('help');
  });

  const faults: Record<string, [readonly string[], NodeJS.ProcessEnv, string]> = {
    'no browser': [['--browsers', '0'], {}, '--browsers: expected a whole number from 1 to 100; found "0".'],
    'an option that there is not': [['--form', '3'], {}, "Unknown option '--form'"],
    'a service that is none': [['--urls', 'u'], { TEST_URL: 'thumbs' }, 'TEST_URL: expected an address'],
  };
  for (const [what, [args, environment, sentence]] of Object.entries(faults)) {
    it(`refuse ${what} in one sentence`, () => {
      expect(() => parseOptions(args, environment)).to.throw(UsageError, sentence);
    });
  }
});

describe('the files of a browser benchmark', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'benchmark-browser-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('hold the requests in the order in which the buttons were pressed, whenever they were answered', () => {
    const results = resultsOf([
      { form: { url: 'http://a/b:1', size: 64 }, measurement: SOME, pressedAtMs: 2010.4 },
      { form: { url: 'http://a/b:1', size: 64 }, measurement: SOME, pressedAtMs: 1000 },
      { form: { url: 'http://a/c', size: 64 }, measurement: SOME, pressedAtMs: 1500 },
    ]);
    expect([...results].map(([key, list]) => [key, list.map(({ at }) => at)])).to.deep.equal([
      ['http://a/b:1:64', [0, 1010]],
      ['http://a/c:64', [500]],
    ]);
    expect(parseResults(formatResults(results), '')).to.deep.equal(results);
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
    'a time below none': [{ 'http://a:64': [{ ...SOME, tserver: -1 }] }, 'a request of "http://a:64"'],
    'a request that is none': [{ 'http://a:64': [null] }, 'a request of "http://a:64"'],
  };
  for (const [what, [content, sentence]] of Object.entries(foreign)) {
    it(`are refused with ${what}`, () => {
      expect(() => parseResults(JSON.stringify(content), 'results.json')).to.throw(UsageError, sentence);
    });
  }

  it('name addresses, one a line', async () => {
    const file = join(folder, 'urls.txt');
    await writeFile(file, '# mine\r\nhttp://a/b.jpg\r\n\n  https://c/d.png \nhttp://a/b.jpg\n');
    expect(await addressesIn(file)).to.deep.equal(['http://a/b.jpg', 'https://c/d.png']);
    await writeFile(file, 'http://a/b.jpg\nfile:///etc/passwd\n');
    expect(String(await rejection(addressesIn(file)))).to.include('"file:///etc/passwd"');
    await writeFile(file, '# none\n');
    expect(String(await rejection(addressesIn(file)))).to.include('there is no address in');
  });
});

describe('the summary of a browser benchmark', () => {
  it('takes the first request for a miss where nothing else is known', () => {
    const { requests, thumbnails, servers, hits, misses, isOrderKnown } = summarise(FOREIGN);
    expect(requests.map(({ kind }) => kind)).to.deep.equal(['miss', 'hit', 'hit', 'hit']);
    expect(thumbnails[0]).to.deep.include({ hits: 3, later: { count: 3, tserver: 62, ttotal: 294 } });
    expect(misses).to.deep.equal({ count: 1, tserver: 527, ttotal: 771 });
    expect(hits).to.include({ count: 3, tserver: 62 });
    expect(isOrderKnown).to.equal(false);
    expect(servers[0]).to.deep.equal({ name: 'one', count: 2, hits: 1 });
    expect(thumbnails[0]!.perServer).to.deep.equal([2, 1, 1]);
  });

  it('believes the page where it says what the cache did, and puts all requests in their order', () => {
    const answers = ['miss', 'miss', 'hit', 'stale'].map((cache, at) => ({ ...SOME, cache, at: at * 20 }));
    const { requests, isOrderKnown } = summarise(
      new Map([
        [`${IMAGE}:64`, answers],
        [`${IMAGE}:128`, [{ ...SOME, at: 10 }]],
      ]),
    );
    expect(isOrderKnown).to.equal(true);
    expect(requests.map(({ at, kind }) => `${at} ${kind}`)).to.deep.equal([
      ...['0 miss', '10 miss', '20 miss', '40 hit', '60 hit'],
    ]);
  });

  it('calls images by their last part while that tells them apart', () => {
    const images = [IMAGE, 'https://b.example/x.png', 'https://b.example/y/x.png', 'https://c.example/'];
    const { requests } = summarise(new Map(images.map((image) => [`${image}:64`, [SOME]])));
    expect(requests.map(({ name }) => name)).to.deep.equal(['photo.jpg', ...images.slice(1)]);
  });

  it('is a table in a terminal', () => {
    const lines = formatTable(summarise(FOREIGN)).split('\n');
    expect(lines[1]).to.match(/^photo\.jpg +128 +4 +75 % +527 ms +62 ms +771 ms +294 ms +2\/1\/1$/);
    expect(lines).to.include('  one: 2 (50 %)');
  });
});

describe('the report of a browser benchmark', () => {
  const facts = {
    about: { Service: HOSTILE },
    faults: [{ form: { url: HOSTILE, size: 64 }, message: HOSTILE }],
  };
  const hostile = summarise(
    new Map([[`${HOSTILE}:64`, [0, 1, 2].map((at) => ({ ...SOME, server: HOSTILE, at }))]]),
  );

  it('escapes whatever it is told, and loads nothing', async () => {
    const html = await renderReport(hostile, facts);
    expect(html).not.to.include('<script').and.not.to.include(HOSTILE);
    expect(html).to.include('&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;');
    expect(html).not.to.match(
      /<(script|link|img|iframe|object|image)\b|\ssrc=|href="(?!#)|url\((?!#)|@import/,
    );
  });

  it('says the finding, and in words what each drawing shows', async () => {
    const html = await renderReport(summarise(FOREIGN), { about: {}, faults: [] });
    expect(html).to.include('Made in 527 ms, found again in 62 ms');
    expect(html).to.include('misses: 1, median 527 ms on the server, 771 ms in the browser; hits: 3');
    expect(html.match(/<div role="img"/g)).to.have.length(html.match(/<svg /g)!.length);
    expect(html).to.include('<title>hit: 9 ms, photo.jpg at 128 px</title>');
    expect(html).not.to.include('The cache warms up');
    expect(await renderReport(hostile, facts)).to.include('The cache warms up');
  });

  const odd: Record<string, readonly Measurement[]> = {
    'no request': [],
    'a single request': [{ ...SOME, at: 0 }],
    'times of no millisecond': [0, 1].map((at) => ({ ...SOME, tserver: 0, ttotal: 0, at })),
    'very long times': [0, 1].map((at) => ({ ...SOME, tserver: 999_999, ttotal: 1_000_000, at })),
    'misses alone': [0, 1].map((at) => ({ ...SOME, cache: 'miss', at })),
    'servers without names': [{ ...SOME, server: '' }, SOME],
  };
  for (const [what, measurements] of Object.entries(odd)) {
    it(`is whole with ${what}`, async () => {
      const html = await renderReport(summarise(new Map([[`${IMAGE}:64`, measurements]])), facts);
      expect(html).to.match(/<\/html>\s*$/);
      expect(html).not.to.match(/NaN|Infinity|undefined/);
    });
  }
});
