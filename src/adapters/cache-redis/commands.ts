import type { Redis } from 'ioredis';

/** Sends what the function asks of ioredis, with what the connection needs before and after. */
export type Send = <T>(command: (client: Redis) => Promise<T>) => Promise<T>;

/**
 * What is asked of a Redis server, each by one command on one key, so that it can be asked of a node of a cluster. A
 * command that the server answers with an error rejects with an ErrorReply.
 */
export class Commands {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  async get(key: string): Promise<Buffer | undefined> {
    const value: unknown = await this.#send((client) => client.getBuffer(key));
    if (value === null) return undefined;
    if (!Buffer.isBuffer(value)) throw new Error('the server sent a value that is none');
    return value;
  }

  async set(key: string, value: Buffer, ttlMs: number): Promise<void> {
    await this.#send((client) => client.set(key, value, 'PX', ttlMs));
  }

  /** Whether there was nothing under the key, which now has this value. */
  async setIfAbsent(key: string, value: string | Buffer, ttlMs: number): Promise<boolean> {
    return (await this.#send((client) => client.set(key, value, 'PX', ttlMs, 'NX'))) !== null;
  }

  /** Whether there was something under the key, which now has this value. */
  async setIfPresent(key: string, value: string, ttlMs: number): Promise<boolean> {
    return (await this.#send((client) => client.set(key, value, 'PX', ttlMs, 'XX'))) !== null;
  }

  async delete(key: string): Promise<void> {
    await this.#send((client) => client.del(key));
  }
}
