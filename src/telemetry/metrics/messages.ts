import type { Registry } from 'prom-client';

/** The values of a process's metrics, as processes send them to each other. */
export type Snapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** The primary's message to a worker. */
export interface Question {
  readonly question: number;
}

/** The worker's reply. */
export interface Answer {
  readonly answer: number;
  readonly snapshot: Snapshot;
}

export function isQuestion(message: unknown): message is Question {
  return has(message, 'question');
}

export function isAnswer(message: unknown): message is Answer {
  return has(message, 'answer');
}

/** Node and others send messages of their own on the same channel. */
function has(message: unknown, name: string): boolean {
  return typeof message === 'object' && message !== null && name in message;
}
