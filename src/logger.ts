import { pino } from 'pino';

/** What the parts that log need of a logger. */
export type Logger = pino.Logger;

/** One JSON object a line, on standard output; JSON keeps what clients send from breaking a line. */
export function createLogger(level: string): Logger {
  return pino({ level, base: { pid: process.pid } });
}
