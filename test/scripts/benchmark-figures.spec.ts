import { expect } from 'chai';
import { figuresBeside } from '../../scripts/benchmark/beside.ts';
import { compareRuns, parseSavedRun } from '../../scripts/benchmark/compare.ts';
import { type Figure, isNoisy, ratioOf, reachesGoal, summarise } from '../../scripts/benchmark/figures.ts';
import { allSizesOf, oneSizeEach, SET_LENGTH, thumbnailSize } from '../../scripts/benchmark/jobs.ts';
import { readOptions } from '../../scripts/benchmark/options.ts';
import { table } from '../../scripts/benchmark/report.ts';
import type { Source } from '../../scripts/benchmark/sources.ts';

const HITS: Figure = {
  id: 'hits.throughput',
  title: 'hits',
  unit: '/s',
  better: 'higher',
  rounds: [80, 120, 90],
  floor: { title: 'bare', rounds: [100, 150, 100] },
};

describe('figures of the benchmark', () => {
  it('are medians with their extremes', () => {
    expect(summarise([3, 1, 2])).to.deep.equal({ median: 2, min: 1, max: 3 });
    expect(summarise([1, 2])).to.deep.equal({ median: 1.5, min: 1, max: 2 });
    expect(() => summarise([])).to.throw(RangeError);
  });

  it('are held against the floor of the same round', () => {
    expect(ratioOf(HITS)).to.deep.equal({ median: 0.8, min: 0.8, max: 0.9 });
    expect(ratioOf({ ...HITS, floor: { title: 'bare', rounds: [40, 60, 45] } })?.median).to.equal(2);
  });

  it('are noisy where the extremes are more than a quarter apart', () => {
    expect(isNoisy({ median: 100, min: 90, max: 115 })).to.equal(false);
    expect(isNoisy({ median: 100, min: 85, max: 115 })).to.equal(true);
  });

  it('reach a goal from the side that is better', () => {
    expect(reachesGoal({ ...HITS, goal: 0.8 })).to.equal(true);
    expect(reachesGoal({ ...HITS, goal: 0.81 })).to.equal(false);
    expect(reachesGoal({ ...HITS, better: 'lower', goal: 0.81 })).to.equal(true);
    expect(reachesGoal(HITS)).to.equal(undefined);
  });

  it('say in the table which goal was missed, and what is noisy', () => {
    const rows = table([
      { ...HITS, goal: 0.9 },
      { ...HITS, title: 'restless', rounds: [50, 120, 90] },
    ]).split('\n');
    expect(rows[1]).to.match(/^hits .*100.*0\.800 \[0\.800–0\.900\].*≥ 0\.9 MISSED$/);
    expect(rows[2]).to.match(/^restless .* noisy$/);
  });

  it('have CPU only where it can be read, and the slowest hundredth only of a hundred', () => {
    const measured = { requests: 10, perSecond: 5, cpuMs: NaN, p50Ms: 1, p99Ms: 2, heldUp: false };
    const beside = { id: 'x', title: 'x', floors: [] };
    expect(figuresBeside({ ...beside, served: [measured] }).map(({ id }) => id)).to.deep.equal([
      'x.throughput',
      'x.p50',
    ]);
    const many = { ...measured, requests: 100, cpuMs: 1 };
    expect(figuresBeside({ ...beside, served: [many] }).map(({ id }) => id)).to.deep.equal([
      'x.throughput',
      'x.cpu',
      'x.p50',
      'x.p99',
    ]);
  });
});

describe('the comparison with a saved run', () => {
  const judge = (before: Figure, after: Figure) =>
    compareRuns({ figures: [before], quick: false }, { figures: [after], quick: false }).map(
      ({ verdict }) => verdict,
    );
  const steady = (ratio: number): Figure => ({
    ...HITS,
    rounds: [ratio, ratio * 1.01, ratio * 0.99],
    floor: { title: 'bare', rounds: [1, 1, 1] },
  });

  it('calls a change by the side that is better', () => {
    expect(judge(steady(0.8), steady(0.82))).to.deep.equal(['same']);
    expect(judge(steady(0.8), steady(1))).to.deep.equal(['better']);
    expect(judge(steady(0.8), steady(0.6))).to.deep.equal(['worse']);
    expect(judge({ ...steady(0.8), better: 'lower' }, { ...steady(0.6), better: 'lower' })).to.deep.equal([
      'better',
    ]);
  });

  it('does not believe a noisy run', () => {
    expect(judge(steady(0.8), { ...steady(0.8), rounds: [0.5, 0.6, 0.9] })).to.deep.equal(['noisy']);
  });

  it('leaves out what has no floor, and what is in one run only', () => {
    const { floor, ...alone } = HITS;
    expect(floor).to.not.equal(undefined);
    expect(judge(alone, alone)).to.deep.equal([]);
    expect(judge(HITS, { ...HITS, id: 'other' })).to.deep.equal([]);
  });

  it('refuses a file that is no saved run', () => {
    expect(() => parseSavedRun('{}')).to.throw('has no figures');
    expect(parseSavedRun(JSON.stringify({ figures: [HITS] })).figures).to.deep.equal([HITS]);
  });
});

describe('the work that the benchmark gives', () => {
  const sources = ['a', 'b', 'c', 'd', 'e'].map((name): Source => {
    const facts = { width: 3000, height: 2000, format: 'jpeg', kind: 'whole' } as const;
    return { name, bytes: new Uint8Array(), sha256: '', ...facts };
  });

  it('is in an order of its own for each seed, and the same again for the same', () => {
    const names = (seed: number) => oneSizeEach(sources, 3, seed).map(({ source }) => source);
    expect(names(1)).to.deep.equal(names(1));
    expect(names(1)).to.not.deep.equal(names(2));
    expect(names(1).toSorted()).to.deep.equal(names(2).toSorted());
  });

  it('keeps the thumbnails of a source together where all of them are wanted', () => {
    const jobs = allSizesOf(sources, 2, 1);
    expect(jobs).to.have.length(2 * sources.length * SET_LENGTH);
    for (let at = 0; at < jobs.length; at += SET_LENGTH) {
      const set = jobs.slice(at, at + SET_LENGTH);
      expect(new Set(set.map(({ source }) => source)).size).to.equal(1);
      expect(new Set(set.map(({ size, format }) => `${size} ${format}`)).size).to.equal(SET_LENGTH);
    }
  });

  it('never wants an enlargement', () => {
    expect(thumbnailSize({ width: 3000, height: 2000 }, 256)).to.deep.equal({ width: 256, height: 171 });
    expect(thumbnailSize({ width: 100, height: 50 }, 256)).to.deep.equal({ width: 100, height: 50 });
    expect(thumbnailSize({ width: 9000, height: 1 }, 64)).to.deep.equal({ width: 64, height: 1 });
  });
});

describe('options of the benchmark', () => {
  it('are read with their units', () => {
    const args = ['--origin-delay', '50ms', '--origin-bandwidth', '20Mbit', '--set', 'WORKERS=2'];
    const options = readOptions([...args, '--only', 'hits,misses'], { TEST_URL: '' });
    expect(options?.originDelayMs).to.equal(50);
    expect(options?.originBytesPerSecond).to.equal(2_500_000);
    expect(options?.settings).to.deep.equal({ WORKERS: '2' });
    expect(options?.only).to.deep.equal(['hits', 'misses']);
    expect(options?.testUrl).to.equal(undefined);
  });

  it('are refused by name where they cannot be used', () => {
    for (const args of [
      ['--only', 'speed'],
      ['--rounds', '0'],
      ['--origin-delay', '50'],
      ['--origin-bandwidth', '0Mbit'],
      ['--set', 'workers'],
      ['--slow'],
    ]) {
      expect(() => readOptions(args, {}), args.join(' ')).to.throw(args[0] ?? '');
    }
    expect(readOptions(['--help'], {})).to.equal(undefined);
  });
});
