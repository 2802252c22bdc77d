import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { Transform } from 'node:stream';

/** A TCP proxy that stands for a network between a client and a server on loopback. */
export interface Distance extends AsyncDisposable {
  readonly port: number;
}

/** Whatever is sent through it arrives so much later, in both directions; connecting takes no time of its own. */
export async function putAtDistance(port: number, delayMs: number): Promise<Distance> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const origin = connect(port, '127.0.0.1');
    for (const socket of [client, origin]) {
      open.add(socket);
      socket.setNoDelay();
      socket.on('error', () => undefined).on('close', () => open.delete(socket));
    }
    client.on('close', () => origin.destroy());
    client.pipe(delayed(delayMs)).pipe(origin);
    origin.pipe(delayed(delayMs)).pipe(client);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      await once(server.close(), 'close');
    },
  };
}

/** Everything on its way at the same time, as on a wire. */
function delayed(delayMs: number): Transform {
  const stream = new Transform({
    transform(piece: Buffer, _encoding, done) {
      setTimeout(() => stream.destroyed || stream.push(piece), delayMs);
      done();
    },
    flush(done) {
      setTimeout(done, delayMs);
    },
  });
  return stream;
}
