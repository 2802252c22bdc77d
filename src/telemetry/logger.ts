import { pino } from 'pino';
import { GatheredOutput } from './gathered-output.ts';

/** What the parts that log need of a logger. */
export type Logger = pino.Logger;

/** As pino numbers its level `warn`. */
const WARNING = 40;

/**
 * One JSON object per line on standard output; JSON keeps clients from breaking a line with what they send. In a terminal
 * the lines are readable, where pino-pretty is installed: a production image does without it.
 *
 * Lines are gathered for a few milliseconds under load. A warning or worse goes out at once with the lines before it, and
 * every line is out when the process ends.
 */
export async function createLogger(level: string): Promise<Logger> {
  const options = { level, base: { pid: process.pid }, serializers: { err: describeError } };
  const pretty = process.stdout.isTTY ? await prettyStream() : undefined;
  if (pretty !== undefined) return pino(options, pretty);
  const standardOutput = pino.destination({ sync: true });
  const output = new GatheredOutput((lines) => standardOutput.write(lines));
  process.on('exit', output.flushSync);
  return pino({ ...options, hooks: { logMethod: flushingWarnings(output) } }, output);
}

type LogMethod = NonNullable<NonNullable<pino.LoggerOptions['hooks']>['logMethod']>;

function flushingWarnings(output: GatheredOutput): LogMethod {
  return function (args, log, level) {
    log.apply(this, args);
    if (level >= WARNING) output.flushSync();
  };
}

async function prettyStream(): Promise<pino.DestinationStream | undefined> {
  try {
    const { build } = await import('pino-pretty');
    return build({ ignore: 'pid', translateTime: 'SYS:HH:MM:ss.l', singleLine: true, sync: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** What an engineer needs of an error and of its causes. Its other properties are left out: some hold whole requests. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name: type, message, stack, cause } = error;
  const code = 'code' in error ? error.code : undefined;
  return {
    type,
    message,
    stack,
    code,
    ...(cause !== undefined && { cause: describeError(cause) }),
    ...(error instanceof AggregateError && { errors: error.errors.map(describeError) }),
  };
}
