import { executionAsyncResource } from 'node:async_hooks';

/** For as long as the process lives. */
const kept: object[] = [];

/**
 * Keeps one of the objects that Node makes for each `process.nextTick`.
 *
 * V8 forgets the shape of objects of which a few full collections find none. Code that makes such objects with computed names,
 * as Node's does here, takes them for objects of any shape from then on, for good: five times the time for each tick, 7 % of a
 * hit. Ticks live for microseconds, so that without this it is decided by chance, within a second of the start.
 */
export function keepShapeOfTicks(): void {
  process.nextTick(() => kept.push(executionAsyncResource()));
}
