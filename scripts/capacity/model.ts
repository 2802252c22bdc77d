import type { CpuTimes } from './measured.ts';
import { HOURS_PER_MONTH, PRICES, egressCost } from './prices.ts';

export type Architecture = 'x86' | 'arm';

export interface TaskSize {
  readonly vcpu: number;
  readonly gib: number;
}

/** The pairs of Cpu and Memory that suit: the least memory that each has. */
export const TASK_SIZES: readonly TaskSize[] = [
  { vcpu: 0.25, gib: 0.5 },
  { vcpu: 0.5, gib: 1 },
  { vcpu: 1, gib: 2 },
  { vcpu: 2, gib: 4 },
  { vcpu: 4, gib: 8 },
];

export interface Assumptions {
  /** A core of the measured machine, divided by a vCPU of the task. */
  readonly slowdown: number;
  /** Of a task's processors, so that a queue stays short. */
  readonly utilisation: number;
  /** The busiest minute, as a multiple of the month's mean. */
  readonly peak: number;
  readonly thumbnailBytes: number;
  readonly sourceBytes: number;
}

/** Answers a second of one task at that utilisation: its processor time divided by that of an answer. */
export function perSecond({ vcpu }: TaskSize, answerMs: number, assumed: Assumptions): number {
  return (vcpu * 1000 * assumed.utilisation) / (answerMs * assumed.slowdown);
}

export interface Need {
  readonly requestsPerSecond: number;
  readonly missesPerSecond: number;
  readonly vcpus: number;
  readonly tasks: number;
  /** From the images' hosts and to the clients, at the peak. */
  readonly inMbit: number;
  readonly outMbit: number;
}

/** What so many requests a month need of tasks of one size, at their peak. Never fewer than two tasks. */
export function needOf(
  requests: number,
  hitRate: number,
  size: TaskSize,
  { missMs, hitMs }: CpuTimes,
  assumed: Assumptions,
): Need {
  const requestsPerSecond = (requests / (HOURS_PER_MONTH * 3600)) * assumed.peak;
  const missesPerSecond = requestsPerSecond * (1 - hitRate);
  const busyMs = missesPerSecond * missMs + requestsPerSecond * hitRate * hitMs;
  const vcpus = (busyMs * assumed.slowdown) / 1000 / assumed.utilisation;
  const tasks = Math.max(2, Math.ceil(vcpus / size.vcpu));
  const inMbit = (missesPerSecond * assumed.sourceBytes * 8) / 1e6;
  const outMbit = (requestsPerSecond * assumed.thumbnailBytes * 8) / 1e6;
  return { requestsPerSecond, missesPerSecond, vcpus, tasks, inMbit, outMbit };
}

export interface Cost {
  readonly tasks: number;
  readonly balancer: number;
  readonly cache: number;
  readonly egress: number;
  readonly total: number;
}

/** US dollars a month, with as many tasks all day as the peak needs. */
export function costOf(
  requests: number,
  need: Need,
  size: TaskSize,
  architecture: Architecture,
  { peak, thumbnailBytes }: Assumptions,
): Cost {
  const hourly = size.vcpu * PRICES.vcpu[architecture] + size.gib * PRICES.gib[architecture];
  const tasks = need.tasks * (hourly + PRICES.publicAddress) * HOURS_PER_MONTH;
  const gigabytes = (requests * thumbnailBytes) / 1e9;
  // A kept connection carries some ten requests.
  const connections = need.requestsPerSecond / peak / 10;
  const lcus = Math.max(gigabytes / HOURS_PER_MONTH, connections / 25);
  const balancer = (PRICES.balancer + lcus * PRICES.lcu) * HOURS_PER_MONTH;
  const cache = PRICES.cache * HOURS_PER_MONTH;
  const egress = egressCost(gigabytes);
  return { tasks, balancer, cache, egress, total: tasks + balancer + cache + egress };
}

/** US dollars a month at a CDN that makes thumbnails, where each miss is one that was not asked for before in that month. */
export function cdnCostOf({ missesPerSecond }: Need, { peak }: Assumptions): number {
  const made = (missesPerSecond / peak) * HOURS_PER_MONTH * 3600;
  return (made / 1000) * PRICES.cloudflareThousand;
}
