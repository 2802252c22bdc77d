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
  return pino(options, pretty ?? oneWriteATurn(pino.destination({ sync: true })));
}

/** Of `warn`, as pino numbers levels. */
const WARNING = 40;

/**
 * Gathers the lines of one turn of the event loop: the call that writes a line takes longer than all else that is done
 * for it, and under load a turn has many. A warning goes out at once, with those before it; and so does what is there
 * when the process ends.
 */
function oneWriteATurn(destination: pino.DestinationStream) {
  let lines = '';
  const flush = () => {
    if (lines !== '') destination.write(lines);
    lines = '';
  };
  process.on('exit', flush);
  return {
    // Has pino say in `lastLevel` of which level each line is.
    [pino.symbols.needsMetadataGsym]: true,
    lastLevel: 0,
    write(line: string) {
      if (lines === '') setImmediate(flush);
      lines += line;
      if (this.lastLevel >= WARNING) flush();
    },
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
