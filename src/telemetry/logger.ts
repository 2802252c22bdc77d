import { pino } from 'pino';

/** What the parts that log need of a logger. */
export type Logger = pino.Logger;

/**
 * One JSON object a line, on standard output; JSON keeps what clients send from breaking a line. Somebody who watches in
 * a terminal gets it readable, where that package is installed: a production image does without.
 */
export async function createLogger(level: string): Promise<Logger> {
  const serializers = { err: describeError };
  const options = { level, base: { pid: process.pid }, serializers, hooks: { logMethod: writeFlatLine } };
  const pretty = process.stdout.isTTY ? await prettyStream() : undefined;
  return pino(options, pretty ?? gathered(bytesToStandardOutput()));
}

/** Of `warn`, as pino numbers levels. */
const WARNING = 40;

const INFO = 30;

/**
 * Writes what pino would write, character for character, in less than half of the time, where there are fields of numbers and
 * texts alone and a message, as in the line of a request: pino looks at each field for itself, in case it were more.
 */
function writeFlatLine(
  this: pino.Logger,
  args: Parameters<pino.LogFn>,
  method: pino.LogFn,
  level: number,
): void {
  const [fields, message, ...rest] = args as unknown[];
  if (level !== INFO || typeof message !== 'string' || rest.length > 0 || !isFlat(fields)) {
    method.apply(this, args);
    return;
  }
  const inner = this as unknown as Readonly<Record<symbol, unknown>>;
  const stream = inner[pino.symbols.streamSym] as pino.DestinationStream & { lastLevel?: number };
  // What begins each line of this logger, as `,"pid":1`.
  const bindings = String(inner[pino.symbols.chindingsSym]);
  const text = JSON.stringify(fields).slice(1, -1);
  stream.lastLevel = INFO;
  const separator = text === '' ? '' : ',';
  stream.write(
    `{"level":${INFO},"time":${Date.now()}${bindings}${separator}${text},"msg":${JSON.stringify(message)}}\n`,
  );
}

function isFlat(fields: unknown): fields is object {
  if (typeof fields !== 'object' || fields === null || fields instanceof Error) return false;
  for (const name in fields) {
    const value: unknown = Reflect.get(fields, name);
    if (typeof value !== 'string' && typeof value !== 'number' && value !== undefined) return false;
  }
  return true;
}

interface ByteDestination {
  readonly write: (bytes: Buffer) => unknown;
}

/**
 * pino's own way to standard output, which knows what to do where that is full, or takes only a part. Given text it would go
 * through all of it four times: to count its bytes, twice to encode it, and once to see what is left.
 */
function bytesToStandardOutput(): ByteDestination {
  const destination: unknown = pino.destination({ sync: true, contentMode: 'buffer' });
  // Its types know of texts alone.
  return destination as ByteDestination;
}

/** How long a line may wait for others to be written with; of that much a process that is killed leaves no trace. */
const GATHERING_MS = 5;

/**
 * Gathers lines that come in quick succession: the call that writes a line takes longer than all else that is done for it,
 * and under load there are hundreds of them in a few milliseconds. The first after a while does not wait for others, a
 * warning goes out at once, with those before it, and so does what is there when the process ends.
 */
function gathered(destination: ByteDestination) {
  let lines = '';
  let writtenAtMs = 0;
  const write = () => {
    if (lines === '') return;
    destination.write(Buffer.from(lines));
    lines = '';
    writtenAtMs = performance.now();
  };
  process.on('exit', write);
  return {
    // Has pino say in `lastLevel` of which level each line is.
    [pino.symbols.needsMetadataGsym]: true,
    lastLevel: 0,
    write(line: string) {
      const isFirst = lines === '';
      lines += line;
      if (this.lastLevel >= WARNING) write();
      else if (isFirst && performance.now() - writtenAtMs > GATHERING_MS) setImmediate(write);
      else if (isFirst) setTimeout(write, GATHERING_MS);
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
