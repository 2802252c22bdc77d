import dns from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';

/** @import { FetchOptions, FetcherContext, ImageFetcher, SourceAnswer, SourceUrl } from 'thumbnailer/adapter-kit' */

/**
 * The adapter's way in: the service calls it once, at the start.
 *
 * @param {FetcherContext} context
 */
export default function openPlainFetcher(context) {
  return new PlainFetcher(context);
}

/**
 * HTTP with what Node has and nothing else: a beginning for a fetcher that signs its requests, asks a mirror first, or
 * speaks to a store of your own.
 *
 * @implements {ImageFetcher}
 */
export class PlainFetcher {
  /** @type {FetcherContext} */ #context;
  /** @type {Set<AbortController>} */ #underWay = new Set();
  #closed = false;

  /** @param {FetcherContext} context */
  constructor(context) {
    this.#context = context;
  }

  /**
   * @param {SourceUrl} source
   * @param {FetchOptions} options
   * @returns {Promise<SourceAnswer>}
   */
  async fetch(source, { signal, validators = {}, onRedirect }) {
    const { conditionsFor, OverloadedError } = this.#context.kit;
    if (this.#closed) throw new OverloadedError();
    signal.throwIfAborted();

    const ending = new AbortController();
    const onAbort = () => ending.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#underWay.add(ending);
    const end = () => {
      signal.removeEventListener('abort', onAbort);
      this.#underWay.delete(ending);
      ending.abort(new OverloadedError());
    };
    try {
      const { href, response } = await this.#follow(source.href, ending.signal, {
        conditionsFor: (address) => conditionsFor(address, validators),
        onRedirect,
      });
      const body = this.#bytesOf(response, ending.signal);
      return { href, ...headOf(response), body, [Symbol.dispose]: end };
    } catch (error) {
      end();
      throw error;
    }
  }

  async close() {
    const { OverloadedError } = this.#context.kit;
    this.#closed = true;
    for (const ending of this.#underWay) ending.abort(new OverloadedError());
  }

  /**
   * Asks the address, and whatever it redirects to.
   *
   * @param {string} href
   * @param {AbortSignal} signal
   * @param {{ conditionsFor: (href: string) => Record<string, string>, onRedirect: FetchOptions['onRedirect'] }} options
   */
  async #follow(href, signal, { conditionsFor, onRedirect }) {
    const { kit, maxRedirects, policy } = this.#context;
    for (let redirects = 0; ; redirects += 1) {
      const response = await this.#ask(href, conditionsFor(href), signal);
      const head = headOf(response);
      if (!kit.isRedirect(head.status)) return { href, response };
      response.destroy();
      if (redirects === maxRedirects) {
        throw new kit.SourceRefusedError(
          `The server redirects more than ${maxRedirects} times.`,
          head.status,
        );
      }
      const target = kit.redirectTarget(href, head, policy);
      await onRedirect?.(target);
      href = target.href;
    }
  }

  /**
   * One request over a connection of its own, which ends with the signal.
   *
   * @param {string} href
   * @param {Record<string, string>} conditions
   * @param {AbortSignal} signal
   * @returns {Promise<http.IncomingMessage>}
   */
  #ask(href, conditions, signal) {
    const { promise, resolve, reject } = Promise.withResolvers();
    const url = new URL(href);
    try {
      this.#checkLiteral(url.hostname);
      const { get } = url.protocol === 'https:' ? https : http;
      const request = get(url, {
        agent: false,
        signal,
        lookup: this.#lookup,
        headers: {
          ...conditions,
          accept: 'image/*',
          'accept-encoding': 'identity',
          'user-agent': this.#context.userAgent,
          via: '1.1 thumbnailer',
        },
      });
      request.once('response', resolve);
      request.on('error', (error) => reject(this.#translated(error, signal)));
      request.once('upgrade', (_response, socket) => {
        socket.destroy();
        reject(new this.#context.kit.SourceRefusedError('The server wants to switch protocols (101).', 101));
      });
    } catch (error) {
      reject(error);
    }
    return promise;
  }

  /**
   * @param {http.IncomingMessage} response
   * @param {AbortSignal} signal
   * @returns {AsyncGenerator<Uint8Array>}
   */
  async *#bytesOf(response, signal) {
    try {
      for await (const chunk of response) {
        signal.throwIfAborted();
        yield chunk;
      }
    } catch (error) {
      throw this.#translated(error, signal);
    }
  }

  /** @param {string} hostname */
  #checkLiteral(hostname) {
    const address = hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(address) !== 0) this.#check(address);
  }

  /**
   * Node connects to what this answers: the address that was checked is the one that is connected to.
   *
   * @type {import('node:net').LookupFunction}
   */
  #lookup = (hostname, options, callback) => {
    dns.lookup(hostname, { ...options, all: true }, (error, found) => {
      try {
        if (error) throw error;
        for (const { address } of found) this.#check(address);
        const [first] = found;
        if (first === undefined) throw new Error(`${hostname} has no address`);
        if (options.all) callback(null, found);
        else callback(null, first.address, first.family);
      } catch (failure) {
        callback(/** @type {NodeJS.ErrnoException} */ (failure), []);
      }
    });
  };

  /** @param {string} address */
  #check(address) {
    const reason = this.#context.whyForbidden(address);
    if (reason !== undefined) throw new this.#context.kit.SourceForbiddenError(`${address}: ${reason}`);
  }

  /**
   * The port's own errors pass, a signal has its reason, and anything else is the source's.
   *
   * @param {unknown} error
   * @param {AbortSignal} signal
   */
  #translated(error, signal) {
    const { SourceForbiddenError, SourceUnreachableError } = this.#context.kit;
    if (signal.aborted) return signal.reason;
    if (error instanceof SourceForbiddenError) return error;
    return new SourceUnreachableError('The server could not be reached, or broke off.', { cause: error });
  }
}

/** @param {http.IncomingMessage} response */
function headOf({ statusCode = 0, headers }) {
  const fields = Object.entries(headers).map(([name, value]) => [name, value?.toString()]);
  return { status: statusCode, headers: Object.fromEntries(fields) };
}
