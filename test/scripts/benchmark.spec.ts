import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Figure } from '../../scripts/benchmark/figures.ts';
import { readOptions } from '../../scripts/benchmark/options.ts';
import { photograph } from '../../scripts/kit/images.ts';

const BENCHMARK = new URL('../../scripts/benchmark.ts', import.meta.url).pathname;

interface SavedRun {
  readonly figures: readonly Figure[];
  readonly faults: readonly string[];
  readonly sources: readonly { readonly name: string; readonly sha256: string }[];
  readonly machine: { readonly cores: number };
}

/** So slow that any start is better. */
const SAVED: Figure = {
  id: 'start.answer',
  title: 'start to first answer, from the sources',
  unit: 'ms',
  better: 'lower',
  rounds: [1000],
  floor: { title: 'bare Koa', rounds: [1] },
};

describe('npm run benchmark', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'benchmark-spec-'));
    await mkdir(join(folder, 'sources'));
    const small = photograph({ width: 300, height: 200 });
    await writeFile(join(folder, 'sources', 'a.jpg'), await small.clone().jpeg().toBuffer());
    await writeFile(join(folder, 'sources', 'b.png'), await small.clone().png().toBuffer());
    await writeFile(join(folder, 'sources', 'notes.txt'), 'not an image');
  });
  after(async () => rm(folder, { recursive: true, force: true }));

  it('measures with images of the user, compares, and leaves a file to compare with', async () => {
    const [output, before] = [join(folder, 'run.json'), join(folder, 'before.json')];
    await writeFile(before, JSON.stringify({ figures: [SAVED] }));
    const { stdout, stderr, code } = await benchmark([
      ...['--quick', '--rounds', '1', '--sources', join(folder, 'sources')],
      ...['--only', 'start,misses,server,connections', '--output', output, '--against', before],
    ]);
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
    expect(stdout).to.include('left out: notes.txt').and.include('start to first answer');
    expect(stdout).to.match(/against .*\n.*\nstart to first answer, from the sources +1000 +.* better\n/);
    const run = JSON.parse(await readFile(output, 'utf8')) as SavedRun;
    expect(run.faults).to.deep.equal([]);
    expect(run.sources.map(({ name }) => name)).to.deep.equal(['a.jpg', 'b.png']);
    expect(run.sources[0]?.sha256).to.match(/^[0-9a-f]{64}$/);
    expect(run.machine.cores).to.be.greaterThan(0);
    expect(run.figures.map(({ id }) => id)).to.include('connections.p50');
    const misses = run.figures.find(({ id }) => id === 'misses.c8.throughput');
    expect(misses?.rounds).to.have.length(1);
    expect(misses?.floor?.rounds).to.have.length(1);
    const besideServer = run.figures.find(({ id }) => id === 'server.a.jpg.throughput');
    expect(besideServer?.floor?.title).to.equal('smallest server');
  });

  it('says what is wrong with its options, in a sentence', async () => {
    const { code, stderr } = await benchmark(['--only', 'speed']);
    expect(code).to.equal(1);
    expect(stderr).to.include('there is no part speed');
  });

  it('says what TEST_URL has to be, before anything is measured', () => {
    for (const TEST_URL of ['thumbs.example', 'localhost:8000'])
      expect(() => readOptions([], { TEST_URL })).to.throw('TEST_URL: expected an address such as');
    expect(readOptions([], { TEST_URL: '' })?.testUrl).to.equal(undefined);
  });

  it('fails where the service does not do what it should', async () => {
    const { code, stderr } = await benchmark([
      ...['--quick', '--rounds', '1', '--sources', join(folder, 'sources'), '--only', 'misses'],
      // Nothing can be fetched from where the sources are.
      ...['--set', 'ALLOWED_SOURCES=images.example', '--output', join(folder, 'failed.json')],
    ]);
    expect(code).to.equal(1);
    expect(stderr).to.match(/does not make thumbnails: .*status 403/);
  });
});

async function benchmark(
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const env = { ...process.env, TEST_URL: '' };
  const child = spawn(process.execPath, [BENCHMARK, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await exit;
  return { code, stdout, stderr };
}
