import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { cpuTimesOf } from '../../scripts/capacity/measured.ts';
import { cdnCostOf, costOf, needOf, perSecond } from '../../scripts/capacity/model.ts';
import { HOURS_PER_MONTH, egressCost } from '../../scripts/capacity/prices.ts';
import { type Scenario, simulate } from '../../scripts/capacity/simulation.ts';
import { zipf } from '../../scripts/capacity/zipf.ts';
import { randomOf } from '../../scripts/kit/random.ts';
import { rejection } from '../support/rejection.ts';

const ASSUMED = { slowdown: 2, utilisation: 0.5, peak: 3, thumbnailBytes: 8000, sourceBytes: 400_000 };
const TIMES = { missMs: 20, hitMs: 0.05, pageMs: 0.25 };
const ONE = { vcpu: 1, gib: 2 };

const RUN = JSON.stringify({
  at: '2026-01-01T00:00:00.000Z',
  figures: [
    { id: 'misses.c8.cpu', rounds: [19, 30, 20] },
    { id: 'hits.memory.cpu', rounds: [0.02] },
    { id: 'hits.memcached.keys.cpu', rounds: [0.05] },
    { id: 'page.memory.cpu', rounds: [0.25] },
  ],
});

describe('the capacity', () => {
  it('follows from the medians of a run, of which the dearest kind of hit counts', () => {
    expect(cpuTimesOf(RUN)).to.deep.equal({ at: '2026-01-01T00:00:00.000Z', ...TIMES });
  });

  it('says which part of the benchmark is missing', () => {
    const empty = JSON.stringify({ at: '', figures: [] });
    for (const run of [empty, '{"name":"something else"}'])
      expect(() => cpuTimesOf(run)).to.throw('misses.c8.cpu: npm run benchmark -- --only misses,hits,page');
  });

  it('of a task is its processor time, as far as that is to be used, by that of an answer', () => {
    expect(perSecond(ONE, 20, ASSUMED)).to.equal(12.5);
    expect(perSecond({ vcpu: 0.25, gib: 0.5 }, 20, ASSUMED)).to.equal(12.5 / 4);
  });

  it('that is needed is that of the peak, and two tasks at least', () => {
    const requests = 1000 * HOURS_PER_MONTH * 3600;
    const need = needOf(requests, 0.9, ONE, TIMES, ASSUMED);
    expect(need.requestsPerSecond).to.be.closeTo(3000, 1e-6);
    expect(need.missesPerSecond).to.be.closeTo(300, 1e-6);
    expect(need.vcpus).to.be.closeTo(((300 * 20 + 2700 * 0.05) * 2) / 1000 / 0.5, 1e-6);
    expect(need.tasks).to.equal(25);
    expect(need.outMbit).to.be.closeTo(3000 * 0.064, 1e-6);
    expect(needOf(1000, 0.9, ONE, TIMES, ASSUMED).tasks).to.equal(2);
  });

  it('is beside what a CDN charges for different thumbnails, whatever the peak', () => {
    for (const peak of [1, 3]) {
      const assumed = { ...ASSUMED, peak };
      const need = needOf(1e9, 0.99, ONE, TIMES, assumed);
      expect(cdnCostOf(need, assumed)).to.be.closeTo((1e7 / 1000) * 0.5, 1e-3);
    }
  });

  it('costs what is listed: more for misses, less on arm, and by steps for what leaves', () => {
    const requests = 1e9;
    const of = (hitRate: number, architecture: 'x86' | 'arm') =>
      costOf(requests, needOf(requests, hitRate, ONE, TIMES, ASSUMED), ONE, architecture, ASSUMED);
    expect(of(0.8, 'x86').tasks).to.be.above(of(0.95, 'x86').tasks);
    expect(of(0.8, 'arm').tasks).to.be.below(of(0.8, 'x86').tasks);
    const { tasks, balancer, cache, egress, total } = of(0.8, 'x86');
    expect(total).to.equal(tasks + balancer + cache + egress);
    expect(egressCost(10_000)).to.be.closeTo(900, 1e-6);
    expect(egressCost(60_000)).to.be.closeTo(900 + 40_000 * 0.085 + 10_000 * 0.07, 1e-6);
  });

  it('can be computed with other assumptions, which --help lists, and --utilisation 2 is none', async () => {
    const script = new URL('../../scripts/capacity.ts', import.meta.url).pathname;
    const run = promisify(execFile);
    expect((await run(process.execPath, [script, '--help'])).stdout).to.include('--slowdown X');
    const failed = (await rejection(run(process.execPath, [script, '--utilisation', '2']))) as Error;
    expect(failed).to.include({ code: 1, stderr: '--utilisation is at most 1.\n' });
    const unmeasured = (await rejection(run(process.execPath, [script, '--from', 'missing.json']))) as Error;
    expect(unmeasured).to.include({ code: 1 });
    expect(unmeasured)
      .to.have.property('stderr')
      .that.matches(/^missing\.json can't be read\. Measure with npm run benchmark/);
  });

  it('is printed by the command', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'capacity-'));
    try {
      await writeFile(join(folder, 'benchmark.json'), RUN);
      const script = new URL('../../scripts/capacity.ts', import.meta.url).pathname;
      const run = promisify(execFile)(process.execPath, [script, '--simulated', '2000'], { cwd: folder });
      const { stdout } = await run;
      expect(stdout).to.match(/^0\.25 vCPU, 0\.5 GiB {2,}7\.5 /m);
      expect(stdout).to.match(/^99 % /m);
      expect(stdout).to.match(/^300 tasks .*%$/m);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('the simulation of a fleet', () => {
  const scenario: Scenario = {
    ...{
      tasks: 20,
      requests: 40_000,
      requestsPerSecond: 2000,
      addresses: 4000,
      exponent: 0.9,
      ownEntries: 0,
    },
    ...{ nodes: 4, entriesPerNode: 600, makeMs: 400, leases: true, seed: 7 },
  };

  it('draws the k-th address with a probability of 1/k^s', () => {
    const draw = zipf(1000, 1, randomOf(3));
    const drawn = new Array<number>(1000).fill(0);
    for (let time = 0; time < 200_000; time += 1) drawn[draw()]! += 1;
    expect(drawn[0]! / drawn[9]!).to.be.within(9, 11);
    expect(drawn.every((times) => times > 0)).to.equal(true);
  });

  it('counts each request once, and the same for the same seed', () => {
    const outcome = simulate(scenario);
    expect(outcome).to.deep.equal(simulate(scenario));
    const { made, ownHits, sharedHits, waited, requests } = outcome.steady;
    expect(made + ownHits + sharedHits + waited).to.be.closeTo(1, 1e-9);
    expect(requests).to.equal(10_000);
  });

  it('has work done twice where there are no leases, most while the caches are cold', () => {
    const [leased, alone] = [simulate(scenario), simulate({ ...scenario, leases: false })];
    expect(leased.cold.doubled).to.equal(0);
    expect(alone.cold.doubled).to.be.above(0.05);
    expect(alone.steady.doubled).to.be.below(alone.cold.doubled);
    expect(alone.cold.made).to.be.above(leased.cold.made);
  });

  it('has more to make when a node is lost, and as much as a smaller cache later', () => {
    const { steady, afterLoss, later } = simulate(scenario);
    expect(afterLoss.made).to.be.above(later.made);
    expect(later.made).to.be.above(steady.made);
    const smaller = simulate({ ...scenario, nodes: 3 });
    expect(later.made).to.be.closeTo(smaller.steady.made, 0.03);
  });

  it('takes hits from a memory of its own first', () => {
    const { steady } = simulate({ ...scenario, tasks: 3, ownEntries: 500 });
    expect(steady.ownHits).to.be.above(0.3);
    expect(steady.sharedHits).to.be.above(0.05);
  });
});
