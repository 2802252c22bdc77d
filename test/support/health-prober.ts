import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { firstThreadMs } from './processor-time.ts';

/** The service that is asked. */
export interface Probed {
  readonly url: string;
  readonly pid: number;
}

/** Milliseconds between two questions. */
const INTERVAL_MS = 20;

/** How much slower a machine may be that does many other things at the same time. */
const SLOWNESS = 10;

/**
 * What `watchHealth` starts as a thread of its own: asks until it gets a message, and answers that with the time of the
 * slowest answer. That is the time for which the service's own thread was at work, whatever else the machine did then; a
 * longer wait counts by a tenth.
 */
if (!isMainThread && parentPort !== null) {
  const { url, pid } = workerData as Probed;
  const stop = new AbortController();
  let slowestMs = 0;
  parentPort.once('message', () => stop.abort());
  while (!stop.signal.aborted) {
    const [startedAt, workedBefore] = [performance.now(), firstThreadMs(pid)];
    const { status } = await fetch(`${url}/healthz`);
    if (status !== 200) throw new Error(`/healthz answered ${status}`);
    const waitedMs = performance.now() - startedAt;
    const ownMs = workedBefore === undefined ? waitedMs : (firstThreadMs(pid) ?? 0) - workedBefore;
    slowestMs = Math.max(slowestMs, Math.min(ownMs, waitedMs), waitedMs / SLOWNESS);
    await sleep(INTERVAL_MS);
  }
  parentPort.postMessage(slowestMs);
}
