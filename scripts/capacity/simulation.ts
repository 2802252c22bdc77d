import { LRUCache } from 'lru-cache';
import { randomOf } from '../kit/random.ts';
import { zipf } from './zipf.ts';

export interface Scenario {
  readonly tasks: number;
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Different thumbnails, and how unequally they are asked for. */
  readonly addresses: number;
  readonly exponent: number;
  /** Thumbnails that each task keeps in its own memory in front of the shared cache; 0 is none. */
  readonly ownEntries: number;
  /** Servers of the shared cache, and thumbnails in each. Keys are spread by hash. */
  readonly nodes: number;
  readonly entriesPerNode: number;
  /** From the first byte of the source to the entry in the cache. */
  readonly makeMs: number;
  /** Whether one task makes what several want (a lease in the shared cache). */
  readonly leases: boolean;
  readonly seed: number;
}

export interface Phase {
  readonly requests: number;
  /** Shares of the requests. */
  readonly made: number;
  readonly ownHits: number;
  readonly sharedHits: number;
  /** Waited for one that was being made, by the same task or another. */
  readonly waited: number;
  /** Made although another task was making it. */
  readonly doubled: number;
}

export interface Outcome {
  /** While the caches are empty: the first fiftieth of the requests. */
  readonly cold: Phase;
  /** The third quarter, when the caches are as full as they get. */
  readonly steady: Phase;
  /** The fiftieth after a node of the shared cache is lost, with all that it has; its keys go to the others. */
  readonly afterLoss: Phase;
  /** The last tenth, with one node less. */
  readonly later: Phase;
}

/** Where in the requests each phase begins and ends. */
const PHASES: Readonly<Record<keyof Outcome, readonly [number, number]>> = {
  cold: [0, 0.02],
  steady: [0.5, 0.75],
  afterLoss: [0.75, 0.77],
  later: [0.9, 1],
};

const COUNTED = ['made', 'ownHits', 'sharedHits', 'waited', 'doubled'] as const;

/** Requests one after the other, each to a task at random; a node of the shared cache is lost at three quarters. */
export function simulate(scenario: Scenario): Outcome {
  const { requests, requestsPerSecond, nodes } = scenario;
  const fleet = new Fleet(scenario);
  const phases = Object.entries(PHASES).map(([name, [from, to]]) => ({
    name,
    from,
    to,
    counts: newCounts(),
  }));
  const lossAt = Math.floor(requests * 0.75);
  for (let at = 0; at < requests; at += 1) {
    if (at === lossAt && nodes > 1) fleet.loseNode();
    const served = fleet.serve((at / requestsPerSecond) * 1000);
    for (const { from, to, counts } of phases) {
      if (at < from * requests || at >= to * requests) continue;
      counts.requests += 1;
      counts[served] += 1;
      if (served === 'doubled') counts.made += 1;
    }
  }
  return Object.fromEntries(phases.map(({ name, counts }) => [name, shares(counts)])) as unknown as Outcome;
}

type Served = (typeof COUNTED)[number];

/** Keys, those used last. */
type Lru = LRUCache<number, true>;

function lruOf(max: number): Lru {
  return new LRUCache({ max });
}

/** Tasks with memories of their own, and the cache that they share. */
class Fleet {
  readonly #scenario: Scenario;
  readonly #random;
  readonly #next: () => number;
  /** Empty where tasks keep none. */
  readonly #own: Lru[];
  readonly #shared: Lru[];
  /** What is being made: until when, and by which tasks. */
  readonly #making = new Map<number, { untilMs: number; readonly tasks: Set<number> }>();

  constructor(scenario: Scenario) {
    const { tasks, ownEntries, nodes, entriesPerNode, addresses, exponent, seed } = scenario;
    this.#scenario = scenario;
    this.#random = randomOf(seed);
    this.#next = zipf(addresses, exponent, this.#random);
    this.#own = Array.from({ length: ownEntries === 0 ? 0 : tasks }, () => lruOf(ownEntries));
    this.#shared = Array.from({ length: nodes }, () => lruOf(entriesPerNode));
  }

  loseNode(): void {
    this.#shared.pop();
  }

  serve(nowMs: number): Served {
    const { tasks, makeMs, leases } = this.#scenario;
    const key = this.#next();
    const task = Math.floor(this.#random() * tasks);
    const making = this.#making.get(key);
    const isMaking = making !== undefined && making.untilMs > nowMs;
    if (!isMaking) {
      if (this.#own[task]?.get(key) === true) return 'ownHits';
      if (this.#nodeOf(key).get(key) === true) {
        this.#own[task]?.set(key, true);
        return 'sharedHits';
      }
    } else if (leases || making.tasks.has(task)) return 'waited';
    // It will be there when it is made; until then `making` says that it is not.
    this.#nodeOf(key).set(key, true);
    this.#own[task]?.set(key, true);
    if (isMaking) {
      making.tasks.add(task);
      return 'doubled';
    }
    this.#making.set(key, { untilMs: nowMs + makeMs, tasks: new Set([task]) });
    return 'made';
  }

  /** By a multiplicative hash (Knuth's), so that popular keys do not lie together. Those of a lost node go to the others. */
  #nodeOf(key: number): Lru {
    const hash = Math.imul(key + 1, 0x9e3779b1) >>> 0;
    const at = hash % this.#scenario.nodes;
    const node = this.#shared[at] ?? this.#shared[(hash >>> 8) % this.#shared.length];
    if (node === undefined) throw new Error('a shared cache has a node');
    return node;
  }
}

type Counts = Record<Served | 'requests', number>;

function newCounts(): Counts {
  return { requests: 0, made: 0, ownHits: 0, sharedHits: 0, waited: 0, doubled: 0 };
}

function shares(counts: Counts): Phase {
  const { requests } = counts;
  const entries = COUNTED.map((name) => [name, counts[name] / Math.max(1, requests)]);
  return { requests, ...(Object.fromEntries(entries) as Omit<Phase, 'requests'>) };
}
