import type { Usage, UsageMeter } from './usage.ts';

/** Why a decoder is killed while it works on an image. */
export type Verdict = 'too-expensive' | 'too-large' | 'stalled';

export interface DecodeBounds {
  /** Most processor time, in milliseconds. */
  readonly timeoutMs: number;
  /** Most memory that it may come to hold beyond what it held before, in bytes. */
  readonly maxBytes: number;
}

const INTERVAL_MS = 100;

/** One that has used no processor time for so long waits for something that never comes. */
const STALL_MS = 10_000;

/**
 * Watches a decode from outside and says once why it must end. Where the system does not tell what a process uses, time
 * is what the clock says. Disposing ends the watch.
 *
 * @param before what the process had used before this decode
 */
export function watchDecode(
  meter: UsageMeter,
  before: Usage | undefined,
  bounds: DecodeBounds,
  onVerdict: (verdict: Verdict) => void,
): Disposable {
  let lastCpuMs = 0;
  let progressAt = performance.now();
  const startedAt = performance.now();
  const judge = (): Verdict | undefined => {
    const now = performance.now();
    const usage = meter.read();
    if (usage === undefined || before === undefined) {
      return now - startedAt > bounds.timeoutMs ? 'too-expensive' : undefined;
    }
    if (usage.cpuMs - before.cpuMs > bounds.timeoutMs) return 'too-expensive';
    if (usage.ownBytes - before.ownBytes > bounds.maxBytes) return 'too-large';
    if (usage.cpuMs > lastCpuMs) progressAt = now;
    lastCpuMs = usage.cpuMs;
    return now - progressAt > STALL_MS ? 'stalled' : undefined;
  };
  const timer = setInterval(() => {
    const verdict = judge();
    if (verdict === undefined) return;
    clearInterval(timer);
    onVerdict(verdict);
  }, INTERVAL_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
