import { HttpConnection } from './http-connection.ts';
import type { ClosedLoop, LoadPlan } from './plan.ts';
import type { Tally } from './tally.ts';

/**
 * Walks the requests in this order, on so many connections at once.
 *
 * @param order indexes of requests
 */
export async function runClosedLoop(
  plan: LoadPlan,
  { concurrency, seconds }: ClosedLoop,
  order: readonly number[],
  tally: Tally,
): Promise<void> {
  const endAt = seconds === undefined ? undefined : performance.now() + seconds * 1000;
  let cursor = 0;
  const next = (): number | undefined => {
    if (tally.isHopeless) return undefined;
    const isOver = endAt === undefined ? cursor === order.length : performance.now() >= endAt;
    return isOver ? undefined : order[cursor++ % order.length];
  };
  await Promise.all(Array.from({ length: concurrency }, () => walk(plan, next, tally)));
}

/** One after another, on one connection; on a new one where that has ended. */
function walk(plan: LoadPlan, next: () => number | undefined, tally: Tally): Promise<void> {
  return new Promise((resolve) => {
    let connection: HttpConnection | undefined;
    let index: number | undefined;
    let askedAt = 0;
    ask();

    function ask(): void {
      index = next();
      if (index === undefined) {
        connection?.close();
        resolve();
        return;
      }
      if (connection?.isOpen !== true) connection = open();
      askedAt = performance.now();
      connection.send(plan.requests[index]?.text ?? '');
    }

    function open(): HttpConnection {
      return new HttpConnection({
        target: plan.target,
        onAnswer: (answer) => {
          tally.add(index ?? 0, answer, performance.now() - askedAt);
          ask();
        },
        onEnd: (reason, duringRequest) => {
          if (!duringRequest) return;
          tally.addProblem(index ?? 0, reason);
          ask();
        },
      });
    }
  });
}
