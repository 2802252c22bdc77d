import type { Registry } from 'prom-client';

/** The values of all metrics of a process, as they travel between processes. */
export type Snapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** From the primary to a worker. */
export interface Question {
  readonly question: number;
}

/** Back. */
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

/** Other messages pass between the processes too. */
function has(message: unknown, name: string): boolean {
  return typeof message === 'object' && message !== null && name in message;
}
