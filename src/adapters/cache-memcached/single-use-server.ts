import { type Socket, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Server } from 'memjs';
import { gatherWrites } from '../remote-server/gather-writes.ts';
import { CacheRefusal } from '../../ports/thumbnail-cache.ts';
import { FrameCutter } from './frame-cutter.ts';
import type { Response } from './requests.ts';
import type { ServerAddress } from '../../domain/cache/servers/server-address.ts';

export interface SingleUseServerOptions {
  readonly address: ServerAddress;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls?: boolean | undefined;
  /** Called once, when the connection has come to its end, with the reason. */
  readonly onEnd: (reason: Error) => void;
}

/** Zero switches memjs's own timeouts off: steady traffic puts them off for good, and one left a socket open. */
const CONNECTION_SETTINGS = { timeout: 0, conntimeout: 0, keepAlive: true };

/**
 * memjs's connection to one server, made to live once. memjs connects again by itself after a fault and carries over
 * half a response, listeners and requests; and when the server closes, it tells nobody. This one ends for good at the
 * first thing that is out of order, and says so.
 */
export class SingleUseServer extends Server {
  declare username: string | undefined;
  declare password: string | undefined;
  declare responseBuffer: Buffer;
  declare responseCallbacks: Record<number, (response: Response) => void>;
  /** Private to memjs 1.3.2, and the one way to the socket before the login. */
  declare _socket: Socket | undefined;
  declare connected: boolean;

  readonly #tls: boolean;
  readonly #onEnd: (reason: Error) => void;
  readonly #frames = new FrameCutter((opaque) => !this.connected || opaque in this.responseCallbacks);
  #ended = false;

  constructor({ address, username, password, tls = false, onEnd }: SingleUseServerOptions) {
    super(address.host, address.port, username, password, { ...CONNECTION_SETTINGS });
    // Where it is given none, memjs takes those in the environment.
    this.username = username;
    this.password = password;
    this.#tls = tls;
    this.#onEnd = onEnd;
  }

  override sock(sasl: boolean, go: (socket: Socket) => void): void {
    if (this.#ended) return;
    const isFirst = this._socket === undefined;
    if (isFirst && this.#tls) this.#connectSecurely(go);
    else super.sock(sasl, go);
    if (!isFirst) return;
    // Requests are small and answers waited for: Nagle's algorithm would only hold them back.
    this._socket?.setNoDelay(true);
    this._socket?.once('end', () => this.error(new Error('the server closed the connection')));
    this._socket?.once('close', () => this.error(new Error('the connection was closed')));
  }

  /** What memjs does of a first `sock`, with TLS in between: no login is sent before the certificate is found good. */
  #connectSecurely(go: (socket: Socket) => void): void {
    const { host, port } = this;
    const socket = connectTls({ host, port, ...(isIP(host) === 0 && { servername: host }) });
    this._socket = socket;
    // A record for each request: memcached 1.6 waits for the network while OpenSSL still holds a part of a record.
    Object.defineProperty(socket, '_writev', { value: undefined });
    socket.on('error', (error: Error) => this.error(error));
    socket.once('secureConnect', () => {
      this.once('authenticated', () => {
        this.connected = true;
        go(socket);
      });
      socket.on('data', (chunk: Buffer) => this.responseHandler(chunk));
      if (this.username && this.password) this.listSasl();
      else this.emit('authenticated');
    });
    socket.setKeepAlive(CONNECTION_SETTINGS.keepAlive);
  }

  override write(request: Uint8Array | string): void {
    if (this.connected && this._socket !== undefined) gatherWrites(this._socket);
    super.write(request);
  }

  override responseHandler(chunk: Buffer): void {
    if (this.#ended) return;
    try {
      for (const frames of this.#frames.push(chunk)) super.responseHandler(frames);
    } catch (error) {
      this.error(error as Error);
    }
  }

  /** Takes the answer to a quiet request, if one comes before the function that this returns is called. */
  expect(seq: number, onResponse: (response: Response) => void): () => void {
    this.responseCallbacks[seq] = onResponse;
    return () => void Reflect.deleteProperty(this.responseCallbacks, seq);
  }

  /** memjs is handed whole frames only, so nothing is ever left of the chunk before. */
  override appendToBuffer(frames: Buffer): Buffer {
    this.responseBuffer = frames;
    return frames;
  }

  /** Destroys the socket and fails all requests. memjs calls it too, after a refused login with a mere string. */
  override error(reason: Error | string): void {
    if (this.#ended) return;
    this.#ended = true;
    const error = reason instanceof Error ? reason : new CacheRefusal('login', reason);
    super.error(error);
    this.#onEnd(error);
  }
}
