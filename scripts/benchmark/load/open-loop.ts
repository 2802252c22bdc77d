import { randomOf } from '../../kit/random.ts';
import { HttpConnection } from './http-connection.ts';
import type { LoadPlan, OpenLoop } from './plan.ts';
import type { Tally } from './tally.ts';

/** A server that closes idle connections may be doing so as a request goes out. None does after so short a time. */
const REUSE_WITHIN_MS = 2000;
/** Of one generator; beyond that it is the generator that is measured. */
const MAX_CONNECTIONS = 4000;

interface Idle {
  readonly since: number;
  readonly ask: (index: number, dueAt: number) => void;
  readonly connection: HttpConnection;
}

/** Each request once, in this order, when it is due; the times between are as random as people's are (a Poisson process). */
export async function runOpenLoop(
  plan: LoadPlan,
  { perSecond }: OpenLoop,
  order: readonly number[],
  tally: Tally,
): Promise<void> {
  const random = randomOf(plan.seed ?? 1);
  const idle: Idle[] = [];
  const answered = Promise.withResolvers<undefined>();
  let [sent, settled, connections] = [0, 0, 0];
  let dueAt = performance.now();

  const timer = setInterval(sendDue, 1);
  try {
    sendDue();
    await answered.promise;
  } finally {
    clearInterval(timer);
    for (const { connection } of idle) connection.close();
  }

  function sendDue(): void {
    while (sent < order.length && performance.now() >= dueAt) {
      send(order[sent] ?? 0, dueAt);
      sent += 1;
      dueAt += (-Math.log(1 - random()) / perSecond) * 1000;
    }
  }

  function send(index: number, due: number): void {
    const recent = idle.pop();
    if (
      recent !== undefined &&
      recent.connection.isOpen &&
      performance.now() - recent.since < REUSE_WITHIN_MS
    ) {
      recent.ask(index, due);
      return;
    }
    recent?.connection.close();
    if (connections >= MAX_CONNECTIONS) settle(() => tally.addProblem(index, 'too many connections at once'));
    else open(index, due);
  }

  function open(first: number, firstDueAt: number): void {
    let [index, due] = [first, firstDueAt];
    connections += 1;
    const connection = new HttpConnection({
      target: plan.target,
      onAnswer: (answer) => {
        if (connection.isOpen) idle.push({ since: performance.now(), ask, connection });
        else connections -= 1;
        settle(() => tally.add(index, answer, performance.now() - due));
      },
      onEnd: (reason, duringRequest) => {
        connections -= 1;
        if (duringRequest) settle(() => tally.addProblem(index, reason));
      },
    });
    ask(first, firstDueAt);

    function ask(next: number, nextDueAt: number): void {
      [index, due] = [next, nextDueAt];
      connection.send(plan.requests[index]?.text ?? '');
    }
  }

  function settle(record: () => void): void {
    record();
    settled += 1;
    if (settled === order.length || tally.isHopeless) answered.resolve(undefined);
  }
}
