import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';

/** Milliseconds between two questions. */
const INTERVAL_MS = 20;

/** What `watchHealth` starts as a thread of its own: asks until it gets a message, and answers that with the slowest time. */
if (!isMainThread && parentPort !== null) {
  const stop = new AbortController();
  let slowestMs = 0;
  parentPort.once('message', () => stop.abort());
  while (!stop.signal.aborted) {
    const startedAt = performance.now();
    const { status } = await fetch(`${String(workerData)}/healthz`);
    if (status !== 200) throw new Error(`/healthz answered ${status}`);
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    await sleep(INTERVAL_MS);
  }
  parentPort.postMessage(slowestMs);
}
