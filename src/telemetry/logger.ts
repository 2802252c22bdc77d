import { isatty } from 'node:tty';
import { pino } from 'pino';
import { withoutCredentials } from '../config/shown-value.ts';
import { lazy } from '../domain/work/lazy.ts';
import { LogOutput } from './log-output.ts';
import { openStandardOutput } from './standard-output.ts';

/** What the parts that log need of a logger. */
export type Logger = pino.Logger;

/**
 * One JSON object per line on standard output; JSON keeps clients from breaking a line with what they send. In a terminal
 * the lines are readable, where pino-pretty is installed: a production image does without it.
 *
 * A reader that stops reading costs lines, never requests; see `LogOutput`. Every line that it takes is out when the
 * process ends.
 */
export async function createLogger(level: string): Promise<Logger> {
  return pino(
    { level, base: { pid: process.pid }, serializers: { err: describeError, reason: loggedText } },
    await standardLog(),
  );
}

/** One for all loggers: a program may make any number of thumbnailers, and there is one standard output. */
const standardLog = lazy(async (): Promise<LogOutput> => {
  const readable = isatty(1) ? await readableLine() : undefined;
  const output = new LogOutput(openStandardOutput(), readable);
  process.on('exit', output.finish);
  // Said whatever the level: there is nothing to drop where the log is silent.
  const ofLosses = pino({ level: 'warn', base: { pid: process.pid } }, output);
  output.onDropped = (dropped) => ofLosses.warn({ dropped }, 'lines were dropped, as nobody read the log');
  return output;
});

async function readableLine(): Promise<((line: string) => string) | undefined> {
  try {
    const { prettyFactory } = await import('pino-pretty');
    return prettyFactory({ ignore: 'pid', translateTime: 'SYS:HH:MM:ss.l', singleLine: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** Characters of a text: errors quote what others have sent, which may be hundreds of thousands. */
const MAX_LENGTH = 4096;

/** What JSON leaves as it is, and some terminals obey: control characters beyond ASCII, and those that turn text around. */
const OBEYED = /[^\P{C}\n\t]/gu;

/** A text of an error, as a log may have it, not cut between a password and the `@` behind it, which tells that it is one. */
function loggedText(text: string): string {
  return withoutCredentials(text.slice(0, 2 * MAX_LENGTH))
    .slice(0, MAX_LENGTH)
    .replace(OBEYED, '\ufffd');
}

/** What an engineer needs of an error and of its causes. Its other properties are left out: some hold whole requests. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name: type, message, stack, cause } = error;
  const code = 'code' in error ? error.code : undefined;
  return {
    type,
    message: loggedText(message),
    stack: stack && loggedText(stack),
    code,
    ...(cause !== undefined && { cause: describeError(cause) }),
    ...(error instanceof AggregateError && { errors: error.errors.map(describeError) }),
  };
}
