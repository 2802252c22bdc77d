import type { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { parseS3Address } from '../../domain/request/s3-address.ts';
import type { SourceUrl } from '../../domain/request/source-url.ts';
import { ClosableWork } from '../../domain/work/closable-work.ts';
import { raceSignal } from '../../domain/work/race.ts';
import type { FetchOptions, ImageFetcher, SourceAnswer } from '../../ports/image-fetcher.ts';
import { type S3Store, createS3Client } from '../s3-client/index.ts';
import { KeptConnections } from './kept-connections.ts';
import { headersIn, headersOf } from './object-headers.ts';
import { statusOf, translateError } from './s3-errors.ts';

/** Fetches objects from S3, or from a store that speaks it. */
export class S3ImageFetcher implements ImageFetcher {
  readonly #client: S3Client;
  readonly #connections = new KeptConnections();
  readonly #work = new ClosableWork();

  constructor(store: S3Store) {
    this.#client = createS3Client(store, {
      // A bucket of AWS may be in another region than the service.
      followRegionRedirects: store.endpoint === undefined,
      // The caller decides about a second try.
      maxAttempts: 1,
      requestHandler: this.#connections,
    });
  }

  async fetch({ href }: SourceUrl, { signal, validators = {} }: FetchOptions): Promise<SourceAnswer> {
    const { bucket, key } = parseS3Address(href);
    // Without a key, a store lists the bucket.
    if (key === '') return { href, status: 404, headers: {}, body: nothing(), [Symbol.dispose]: ignore };
    using held = new DisposableStack();
    const ending = this.#work.begin(signal, held);
    const command = new GetObjectCommand({
      Bucket: bucket,
      Key: key,
      IfNoneMatch: validators.href === href ? validators.etag : undefined,
    });
    const head = await this.#ask(command, ending).catch((error: unknown) => {
      ending.throwIfAborted();
      const status = statusOf(error);
      if (status === undefined) throw translateError(error);
      return { status, headers: headersIn(error), body: nothing() };
    });
    if ('stream' in head) held.adopt(head.stream, destroy);
    const kept = held.move();
    return { href, ...head, [Symbol.dispose]: () => kept.dispose() };
  }

  close(): Promise<void> {
    this.#work.close();
    this.#client.destroy();
    return Promise.resolve();
  }

  async #ask(command: GetObjectCommand, signal: AbortSignal) {
    const asking = this.#send(command, signal);
    // The SDK knows its abortSignal while it waits for an answer, and not while it looks for credentials.
    const answer = await raceSignal(asking, signal).catch((error: unknown) => {
      asking.then((late) => destroy(streamOf(late)), ignore);
      throw error;
    });
    const stream = streamOf(answer);
    stream.on('error', ignore);
    signal.addEventListener('abort', () => destroy(stream), { once: true });
    const status = answer.$metadata.httpStatusCode ?? 200;
    return { status, headers: headersOf(answer), stream, body: contentOf(stream, signal) };
  }

  /** What fails on a connection that was kept is sent once more, on a new one: others that were kept are as old. */
  async #send(command: GetObjectCommand, abortSignal: AbortSignal): Promise<GetObjectCommandOutput> {
    try {
      return await this.#client.send(command, { abortSignal });
    } catch (error) {
      if (abortSignal.aborted || !this.#connections.haveFailed(error)) throw error;
      this.#connections.closeIdle();
      return this.#client.send(command, { abortSignal });
    }
  }
}

function streamOf({ Body }: GetObjectCommandOutput): Readable {
  return Body as Readable;
}

async function* contentOf(stream: Readable, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  try {
    for (;;) {
      const next = await raceSignal(chunks.next(), signal);
      if (next.done === true) return;
      yield next.value;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw translateError(error);
  }
}

async function* nothing(): AsyncGenerator<never> {
  // Deliberately nothing.
}

function destroy(stream: Readable): void {
  stream.destroy();
}

function ignore(): void {
  // Deliberately nothing.
}
