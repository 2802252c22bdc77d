import { type CacheFault, CacheRefusal } from '../../ports/thumbnail-cache.ts';
import { isPort } from '../../domain/cache/servers/server-address.ts';

/**
 * Errors as they may be told: ioredis hangs a command's arguments on its errors, the password among them, and quotes
 * in their messages what the server has sent, which may be any of it again. So none of them is passed on as a `cause`.
 */

/** The server answered with an error: the operation failed, but the connection is in order. */
class ErrorReply extends CacheRefusal {
  constructor(message: string) {
    const [word = ''] = message.split(' ', 1);
    super(FAULTS.get(word) ?? 'refused', message);
  }

  /** After a failover the server's name leads to another one, for clients that connect again. */
  get isMoved(): boolean {
    return this.message.startsWith('READONLY');
  }
}

/** By the word that a reply begins with. */
const FAULTS = new Map([
  ['NOAUTH', 'login'],
  ['WRONGPASS', 'login'],
  ['NOPERM', 'rights'],
  ['READONLY', 'read-only'],
  ['OOM', 'full'],
] as const) as ReadonlyMap<string, CacheFault>;

/** What an operation was rejected with. */
export function requestError(error: Error): Error {
  return error.name === 'ReplyError' ? new ErrorReply(error.message.slice(0, MAX_MESSAGE_LENGTH)) : error;
}

/** What a login was rejected with: `ERR unknown command 'AUTH', with args beginning with …` goes on with the password. */
export function loginError(error: Error): Error {
  if (!(error instanceof ErrorReply)) return error;
  return new CacheRefusal(
    'login',
    `the server refused the login (${/^[A-Z]+/.exec(error.message)?.[0] ?? 'no reason given'})`,
  );
}

/**
 * What ioredis reports of a connection. The system and TLS give their errors a code; without one it is the parser that
 * does not understand.
 */
export function readableError(error: Error & { code?: unknown }): Error {
  return error.code === undefined ? new Error('the server sent something that is not Redis') : error;
}

/** Whether it is the answer to one who has not logged in. */
export function isLoginDemanded(error: Error): boolean {
  return error instanceof ErrorReply && error.message.startsWith('NOAUTH');
}

/** A node of a cluster says which other one has a key: from now on, or (`ASK`) for this command while the key moves. */
export interface Redirection {
  readonly isForGood: boolean;
  readonly slot: number;
  /** Empty where it is the host that has said so. */
  readonly host: string;
  readonly port: number;
}

/** Undefined for any other error. */
export function redirectionOf(error: unknown): Redirection | undefined {
  if (!(error instanceof ErrorReply)) return undefined;
  const [, kind, slot, host = '', port] = /^(MOVED|ASK) (\d{1,5}) (.*):(\d{1,5})$/.exec(error.message) ?? [];
  if (kind === undefined || !isPort(Number(port))) return undefined;
  return { isForGood: kind === 'MOVED', slot: Number(slot), host, port: Number(port) };
}

/** Whether it is the server's own answer, so that connection and server are in order. */
export function isReply(error: Error): boolean {
  return error instanceof ErrorReply;
}

/** Whether the connection is in order all the same, and leads to the right server. */
export function isRecoverable(error: Error): boolean {
  return error instanceof ErrorReply && !error.isMoved;
}

const MAX_MESSAGE_LENGTH = 200;
