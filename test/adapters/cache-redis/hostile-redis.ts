import { HostileServer, type Meeting } from '../../support/hostile-server.ts';

export interface Command {
  /** In capital letters: `GET`. */
  readonly name: string;
  readonly args: readonly Buffer[];
}

export type Behaviour = Meeting<Command>;

const OK = '+OK\r\n';

/** The bytes with which a get is answered. */
export function valueReply(value: Buffer | undefined): Buffer {
  if (value === undefined) return Buffer.from('$-1\r\n');
  return Buffer.concat([Buffer.from(`$${value.length}\r\n`), value, Buffer.from('\r\n')]);
}

/** As a Redis does it, with any credentials. */
export const honest: Behaviour = ({ name, args: [key, value] }, socket, { store }) => {
  if (name === 'GET') socket.write(valueReply(store.get(String(key))));
  else {
    if (name === 'SET') store.set(String(key), value ?? Buffer.alloc(0));
    socket.write(OK);
  }
};

/** A server of Redis's protocol (RESP 2) that behaves as it is told. */
export class HostileRedis extends HostileServer<Command> {
  override behave: Behaviour = honest;

  static async start(): Promise<HostileRedis> {
    const server = new HostileRedis();
    await server.listen();
    return server;
  }

  get url(): string {
    return `redis://${this.address}`;
  }

  protected override read(bytes: Buffer) {
    return readCommand(bytes);
  }
}

/** `*2\r\n$3\r\nget\r\n$3\r\nkey\r\n`; undefined while it is not whole. */
function readCommand(bytes: Buffer): { readonly request: Command; readonly end: number } | undefined {
  let at = 0;
  const readNumber = () => {
    const end = bytes.indexOf('\r\n', at);
    if (end === -1) return undefined;
    const number = Number(bytes.toString('latin1', at + 1, end));
    at = end + 2;
    return number;
  };
  const count = readNumber();
  if (count === undefined) return undefined;
  const words: Buffer[] = [];
  while (words.length < count) {
    const length = readNumber();
    if (length === undefined || bytes.length < at + length + 2) return undefined;
    words.push(Buffer.from(bytes.subarray(at, at + length)));
    at += length + 2;
  }
  const [name, ...args] = words;
  return { request: { name: String(name).toUpperCase(), args }, end: at };
}
