import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { parseResults } from '../../scripts/benchmark-browser/results.ts';
import { accessibilityFaults, scrollWidth } from '../support/browser.ts';
import { chromiumOnPath, launchChromium } from '../../scripts/kit/chromium.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';
import { photograph } from '../../scripts/kit/images.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { describeUnless } from '../support/describe-with.ts';

const SCRIPT = new URL('../../scripts/benchmark-browser.ts', import.meta.url).pathname;
const whyNot = chromiumOnPath() === undefined ? 'not installed: chromium' : undefined;

describeUnless(whyNot, 'npm run benchmark:browser', function () {
  let folder: string;
  let origin: Origin;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'benchmark-browser-'));
    origin = await startOrigin();
    const body = await photograph({ width: 320, height: 240 }).jpeg().toBuffer();
    origin.serve('/good.jpg', { body });
  });
  after(async () => {
    await origin[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  describe('with a service and pictures of its own', () => {
    let run: Ended;
    before(async () => {
      run = await ended(start(['--browsers', '2', '--forms', '6', '--seed', '7']));
    });

    it('fills in the forms and says how far it is', () => {
      expect(run).to.include({ code: 0, signal: null });
      expect(run.stderr).to.match(/^6 of 6 forms, \d from the cache, 0 failed$/m);
      expect(run.stdout).to.match(/^image +size +requests +hits +server: first +later/);
    });

    it('writes what was measured, in the order in which it happened', async () => {
      const content = JSON.parse(await readFile(join(folder, 'results.json'), 'utf8')) as Stored;
      expect(Object.values(content).flat()).to.have.length(6);
      for (const [key, list] of Object.entries(content)) {
        expect(key).to.match(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]+\.\w+:(64|128|256)$/);
        for (const { server, tserver, ttotal, cache } of list) {
          expect(server).to.match(/^\S+$/);
          expect(tserver).to.satisfy(Number.isInteger).and.be.at.least(0);
          expect(ttotal).to.satisfy(Number.isInteger).and.be.at.least(tserver);
          expect(cache).to.be.oneOf(['hit', 'miss']);
        }
        expect(list.map(({ cache }) => cache)).to.include('miss');
        expect(list.map(({ at }) => at)).to.deep.equal(list.map(({ at }) => at).toSorted((a, b) => a - b));
      }
      expect((await readdir(folder)).filter((file) => file.endsWith('.tmp'))).to.deep.equal([]);
    });

    describe('writes a report that', () => {
      let browser: Browser;
      before(async () => {
        browser = await launchChromium();
      });
      after(() => browser.close());

      it('names each image', async () => {
        const report = await readFile(join(folder, 'results.html'), 'utf8');
        const results = await readFile(join(folder, 'results.json'), 'utf8');
        for (const key of parseResults(results, '').keys()) {
          expect(report).to.include(key.slice(0, key.lastIndexOf(':')));
        }
      });

      for (const colorScheme of ['light', 'dark'] as const) {
        for (const width of [360, 1280]) {
          it(`anyone can read, at ${width} px, ${colorScheme}, and that loads nothing`, async () => {
            const page = await browser.newPage({ colorScheme, viewport: { width, height: 800 } });
            const requests: string[] = [];
            page.on('request', (request) => requests.push(request.url()));
            const address = pathToFileURL(join(folder, 'results.html')).href;
            await page.goto(address);
            expect(await accessibilityFaults(page)).to.deep.equal([]);
            expect(await scrollWidth(page)).to.be.at.most(width);
            expect(requests).to.deep.equal([address]);
            await page.close();
          });
        }
      }
    });
  });

  it('tells of each form that got no thumbnail, and fails', async () => {
    const urls = await listOf(origin.url('/missing.jpg'), '', '# a comment', origin.url('/good.jpg'));
    const { code, stderr } = await ended(
      start(['--browsers', '1', '--forms', '8', '--seed', '1', '--urls', urls]),
    );
    expect(code).to.equal(1);
    expect(stderr).to.match(/^FAULT: \S+\/missing\.jpg at \d+: Can't open image URL/m);
    expect(stderr).not.to.match(/FAULT: \S+\/good\.jpg/);
    expect(await readFile(join(folder, 'results.html'), 'utf8')).to.match(/forms? got no thumbnail/);
  });

  it('writes what it has where it is interrupted', async () => {
    const run = start(['--browsers', '1', '--forms', '60', '--urls', await listOf(origin.url('/good.jpg'))]);
    run.stderr!.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('6 of 60')) run.kill('SIGINT');
    });
    const { code } = await ended(run);
    expect(code).to.equal(130);
    const results = parseResults(await readFile(join(folder, 'results.json'), 'utf8'), '');
    expect([...results.values()].flat()).to.have.length.within(6, 59);
    expect(await readFile(join(folder, 'results.html'), 'utf8')).to.include('were not filled in');
  });

  it('needs no list for a deployment: its own samples are asked for', async () => {
    await using service = await RunningService.start();
    // A service fetches nothing from the address that it listens on; people come to a deployment by another.
    const balancer = createServer((socket) => {
      const onward = connect(Number(new URL(service.url).port), '127.0.0.1');
      pipeline(socket, onward, socket, () => undefined);
    });
    await once(balancer.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(balancer.address() as AddressInfo).port}`;
    const { code, stderr } = await ended(start(['--browsers', '1', '--forms', '3'], { TEST_URL: url }));
    balancer.close();
    expect(code, stderr).to.equal(0);
    const results = parseResults(await readFile(join(folder, 'results.json'), 'utf8'), '');
    for (const key of results.keys()) {
      expect(key)
        .to.match(/\/samples\/(lake\.jpg|balloon\.png|waves\.gif):\d+$/)
        .and.include(url);
    }
    expect(await readFile(join(folder, 'results.html'), 'utf8')).to.include('own samples');
  });

  it('says so where there is no form', async () => {
    const urls = await listOf(origin.url('/good.jpg'));
    const { code, stderr } = await ended(
      start(['--browsers', '1', '--urls', urls], { TEST_URL: origin.url() }),
    );
    expect(code).to.equal(1);
    expect(stderr).to.include(
      `benchmark:browser: there is no form of a thumbnail service at ${origin.url('/')}.\n`,
    );
  });

  it('makes the report again, of a file that another program wrote too', async () => {
    const original = { 'https://a.example/<b>.jpg:128': [{ server: '', tserver: 527, ttotal: 771 }] };
    await writeFile(join(folder, 'others.json'), JSON.stringify(original));
    const { code, stdout } = await ended(start(['--from', 'others.json', '--report', 'others.html']));
    expect(code).to.equal(0);
    expect(stdout).to.match(/ 527 ms +– +771 ms +–/);
    expect(await readFile(join(folder, 'others.html'), 'utf8')).to.include('a.example/&lt;b&gt;.jpg');
  });

  async function listOf(...urls: readonly string[]): Promise<string> {
    const file = join(folder, 'urls.txt');
    await writeFile(file, urls.join('\n'));
    return file;
  }

  function start(options: readonly string[], environment: Record<string, string> = {}): ChildProcess {
    const env = { PATH: process.env['PATH'] ?? '', ...environment };
    return spawn(process.execPath, [SCRIPT, ...options], { cwd: folder, env });
  }
});

type Stored = Record<
  string,
  { server: string; tserver: number; ttotal: number; cache: string; at: number }[]
>;

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function ended(child: ChildProcess): Promise<Ended> {
  const exit = once(child, 'exit');
  const [stdout, stderr] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
  const [code, signal] = (await exit) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout, stderr };
}
