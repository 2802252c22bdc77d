import { pino } from 'pino';

/** What the parts that log need of a logger. */
export type Logger = pino.Logger;

/**
 * One JSON object a line, on standard output; JSON keeps what clients send from breaking a line. Somebody who watches in
 * a terminal gets it readable, where that package is installed: a production image does without.
 */
export async function createLogger(level: string): Promise<Logger> {
  const options = { level, base: { pid: process.pid }, serializers: { err: describeError } };
  const pretty = process.stdout.isTTY ? await prettyStream() : undefined;
  return pretty === undefined ? pino(options) : pino(options, pretty);
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
