import { expect } from 'chai';
import { Bench } from '../../scripts/benchmark/bench.ts';
import {
  type Figure,
  compareRuns,
  figureTable,
  isNoisy,
  ratioOf,
  reachesGoal,
  summarise,
} from '../../scripts/benchmark/figures.ts';
import { oneSizeEach } from '../../scripts/benchmark/miss-rig.ts';
import { readOptions } from '../../scripts/benchmark/options.ts';
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
    expect(() => summarise([])).to.throw();
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
    const restless = { ...HITS, title: 'restless', rounds: [50, 120, 90] };
    const rows = figureTable([{ ...HITS, goal: 0.9 }, restless]).split('\n');
    expect(rows[1]).to.match(/^hits .*100.*0\.800 \[0\.800–0\.900\].*≥ 0\.9 MISSED$/);
    expect(rows[2]).to.match(/^restless .* noisy$/);
  });

  it('come from floor and service in turns, of one round after the other', async () => {
    const bench = new Bench(readOptions([], {})!, new AbortController().signal);
    const order: string[] = [];
    const turn = (name: string, perSecond: number) => () => {
      order.push(name);
      const measured = { requests: 10, perSecond, cpuMs: NaN, p50Ms: 1, p99Ms: 2, heldUp: false };
      return Promise.resolve(measured);
    };
    await bench.takeTurns({ id: 'x', title: 'x' }, turn('B', 5), [{ title: 'A', run: turn('A', 10) }], 3);
    expect(order.join('')).to.equal('ABABAB');
    expect(bench.figures[0]).to.deep.include({ id: 'x.throughput', rounds: [5, 5, 5] });
    expect(bench.figures[0]?.floor).to.deep.equal({ title: 'A', rounds: [10, 10, 10] });
    // CPU only where it can be read, and the slowest hundredth only of a hundred.
    expect(bench.figures.map(({ id }) => id)).to.deep.equal(['x.throughput', 'x.p50']);
  });
});

describe('the comparison with a saved run', () => {
  const judge = (before: Figure, after: Figure) =>
    compareRuns([before], [after]).map(({ verdict }) => verdict);
  const steady = (ratio: number): Figure => ({
    ...HITS,
    rounds: [ratio, ratio * 1.01, ratio * 0.99],
    floor: { title: 'bare', rounds: [1, 1, 1] },
  });

  it('calls a change by the side that is better, and does not believe a noisy run', () => {
    expect(judge(steady(0.8), steady(0.82))).to.deep.equal(['same']);
    expect(judge(steady(0.8), steady(1))).to.deep.equal(['better']);
    expect(judge(steady(0.8), steady(0.6))).to.deep.equal(['worse']);
    const lower = { better: 'lower' } as const;
    expect(judge({ ...steady(0.8), ...lower }, { ...steady(0.6), ...lower })).to.deep.equal(['better']);
    expect(judge(steady(0.8), { ...steady(0.8), rounds: [0.5, 0.6, 0.9] })).to.deep.equal(['noisy']);
  });

  it('leaves out what has no floor, and what is in one run only', () => {
    const { floor, ...alone } = HITS;
    expect(floor).to.not.equal(undefined);
    expect(judge(alone, alone)).to.deep.equal([]);
    expect(judge(HITS, { ...HITS, id: 'other' })).to.deep.equal([]);
  });
});

it('the work that the benchmark gives is in an order of its own for each seed, and the same again for the same', () => {
  const facts = { bytes: new Uint8Array(), sha256: '', width: 3000, height: 2000 };
  const sources = ['a', 'b', 'c', 'd', 'e'].map((name): Source => {
    return { name, ...facts, format: 'jpeg', kind: 'whole' };
  });
  const names = (seed: number) => oneSizeEach(sources, 3, seed).map(({ source }) => source.name);
  expect(names(1)).to.deep.equal(names(1));
  expect(names(1)).to.not.deep.equal(names(2));
  expect(names(1).toSorted()).to.deep.equal(names(2).toSorted());
});

describe('options of the benchmark', () => {
  it('are read with their units', () => {
    const args = ['--origin-delay', '50ms', '--origin-bandwidth', '20Mbit', '--set', 'WORKERS=2'];
    const options = readOptions([...args, '--only', 'hits,misses'], { TEST_URL: '' });
    expect(options?.pace).to.deep.equal({ delayMs: 50, bytesPerSecond: 2_500_000 });
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
