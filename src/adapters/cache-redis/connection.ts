import type { Redis } from 'ioredis';
import { UnderWay } from '../remote-server/under-way.ts';
import { gatherWrites } from '../remote-server/gather-writes.ts';
import { createClient } from './client.ts';
import { Commands } from './commands.ts';
import { isLoginDemanded, isReply, loginError, requestError } from './redis-errors.ts';
import type { RedisAddress } from '../../domain/cache/servers/redis-url.ts';

export interface ConnectionOptions {
  readonly address: () => Promise<RedisAddress>;
  /** Asked first, to see that the server answers. */
  readonly probe: (connection: Connection) => Promise<unknown>;
  /** Whether it may answer with a list; where it may not, one is no reply. */
  readonly mayList?: boolean;
  /** Whether to log in only where the probe is answered that this is needed. */
  readonly logsInIfAsked?: boolean;
  /** Called once, when the connection has come to its end, with the reason. */
  readonly onEnd: (reason: Error) => void;
}

/** In the answers to INFO. */
const RUN_NAMES = /^(?:run_id|master_replid):([\w-]{1,64})\r?$/gm;

/**
 * One connection to one server, from the look-up of its address to its end. All requests are on it at once, answered in
 * their order. It has no deadlines: a caller that waits no longer calls `end`.
 *
 * A command that the server answers with an error rejects with an ErrorReply, and the connection stays as it is.
 */
export class Connection {
  /** Resolves when the server has answered a first request; a login or a mere TCP connection proves too little. */
  readonly ready: Promise<void>;
  readonly commands = new Commands((command) => this.request(command));
  /** For keys that are on their way to this node of a cluster: each command says that it knows. */
  readonly askingCommands = new Commands((command) => this.#requestAsking(command));
  readonly #onEnd: (reason: Error) => void;
  readonly #pending = new UnderWay<(reason: Error) => void>();
  #client: Redis | undefined;
  #ended: Error | undefined;
  #askedCount = 0;
  #runId = '';

  constructor({ onEnd, ...options }: ConnectionOptions) {
    this.#onEnd = onEnd;
    this.ready = this.#untilEnd(this.#open(options));
    // A caller that needs the connection awaits `ready`; often there is none.
    this.ready.catch((error: unknown) => this.end(error as Error));
  }

  /** What this run of the server is called, once `ready`; see `KeyServer`. */
  get runId(): string {
    return this.#runId;
  }

  /** Asks for it again. */
  async renewRunId(): Promise<string> {
    return (this.#runId = await this.#askRunId());
  }

  /** Sends one command. */
  request<T>(send: (client: Redis) => Promise<T>): Promise<T> {
    const client = this.#client;
    if (this.#ended !== undefined || client === undefined)
      return Promise.reject(this.#ended ?? new Error('not open'));
    this.#askedCount += 1;
    gatherWrites(client.stream);
    return this.#untilEnd(send(client));
  }

  /** Ends the connection and rejects all that is under way, with the reason. */
  end(reason: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#client?.disconnect();
    for (const reject of this.#pending) reject(reason);
    this.#onEnd(reason);
  }

  async #open({ address, probe, ...options }: Omit<ConnectionOptions, 'onEnd'>): Promise<void> {
    const { mayList = false, logsInIfAsked = false } = options;
    const { username, password, database, ...server } = await address();
    if (this.#ended !== undefined) throw this.#ended;
    const client = createClient({
      ...server,
      mayList,
      askedCount: () => this.#askedCount,
      onEnd: (reason) => this.end(reason),
    });
    this.#client = client;
    await client.connect();
    const logIn = async () => password !== undefined && this.#logIn(username, password);
    if (!logsInIfAsked) await logIn();
    if (database > 0) await this.request((ready) => ready.select(database));
    await probe(this).catch(async (error: unknown) => {
      if (!logsInIfAsked || !isLoginDemanded(error as Error)) throw error;
      await logIn();
      await probe(this);
    });
    await this.renewRunId();
  }

  /**
   * A primary that was a replica for a while goes on with the other's data, in the same run, but as another replication. Not
   * every user may ask, and not every server that speaks Redis's protocol can say.
   */
  async #askRunId(): Promise<string> {
    try {
      const sections = ['server', 'replication'].map((section) =>
        this.request((client) => client.info(section)),
      );
      const names = (await Promise.all(sections)).join('\r\n').matchAll(RUN_NAMES);
      return Array.from(names, ([, name]) => name).join('.');
    } catch (error) {
      if (isReply(error as Error)) return '';
      throw error;
    }
  }

  async #logIn(username: string | undefined, password: string): Promise<void> {
    try {
      await this.request((client) =>
        username === undefined ? client.auth(password) : client.auth(username, password),
      );
    } catch (error) {
      throw loginError(error as Error);
    }
  }

  async #requestAsking<T>(command: (client: Redis) => Promise<T>): Promise<T> {
    const [, result] = await Promise.all([this.request((client) => client.asking()), this.request(command)]);
    return result;
  }

  /** Does not rely on ioredis's promises: `end` rejects what is pending. */
  #untilEnd<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const place = this.#pending.add(reject);
      work.then(
        (value) => {
          this.#pending.remove(reject, place);
          resolve(value);
        },
        (error: unknown) => {
          this.#pending.remove(reject, place);
          reject(requestError(error as Error));
        },
      );
    });
  }
}
