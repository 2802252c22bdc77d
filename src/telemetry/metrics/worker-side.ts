import type { Registry } from 'prom-client';
import { type Snapshot, isQuestion } from './messages.ts';

/** A worker's channel to the primary. */
interface Channel {
  on(event: 'message', listener: (message: unknown) => void): unknown;
  off(event: 'message', listener: (message: unknown) => void): unknown;
  send?(message: unknown): unknown;
}

/** Answers the primary's questions for this worker's metrics, until it is disposed of. */
export function answerWithMetrics(registry: Registry, channel: Channel): AsyncDisposable {
  const listen = (message: unknown) => {
    if (isQuestion(message)) void answer(message.question, registry, channel);
  };
  channel.on('message', listen);
  return {
    [Symbol.asyncDispose]: () => {
      channel.off('message', listen);
      return Promise.resolve();
    },
  };
}

async function answer(question: number, registry: Registry, channel: Channel): Promise<void> {
  const snapshot: Snapshot = await registry.getMetricsAsJSON();
  channel.send?.({ answer: question, snapshot });
}
