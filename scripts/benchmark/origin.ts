import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Origin, startOrigin } from '../kit/origin.ts';
import type { Options } from './options.ts';
import type { Source } from './sources.ts';

export type Pace = Options['pace'];

/** What is sent at once with a pace, in time: short beside a download, long beside a timer's own error. */
const SLICE_MS = 4;
const MIN_SLICE_BYTES = 4096;

/** The image host: serves sources as slowly as it is told, and counts what it has sent. */
export class SourceHost implements AsyncDisposable {
  readonly #origin: Origin;
  pace: Pace;
  /** Of bodies, handed to the operating system. Without a pace, that takes megabytes before anybody reads them. */
  sentBytes = 0;
  #serial = 0;

  static async start(sources: readonly Source[], pace: Pace): Promise<SourceHost> {
    return new SourceHost(await startOrigin(), sources, pace);
  }

  private constructor(origin: Origin, sources: readonly Source[], pace: Pace) {
    this.#origin = origin;
    this.pace = pace;
    for (const { name, bytes } of sources) {
      origin.serve(`/${encodeURIComponent(name)}`, (_request, response) => {
        void this.#send(bytes, response);
      });
    }
  }

  get requests(): number {
    return this.#origin.requests.length;
  }

  /** An address of this source that nobody has asked for yet, nor in any run before. */
  freshUrl({ name, url }: Pick<Source, 'name' | 'url'>): string {
    this.#serial += 1;
    const address = new URL(url ?? this.#origin.url(`/${encodeURIComponent(name)}`));
    address.searchParams.set('benchmark', `${process.pid}-${Date.now()}-${this.#serial}`);
    return address.href;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#origin[Symbol.asyncDispose]();
  }

  async #send(bytes: Uint8Array, response: ServerResponse): Promise<void> {
    const { delayMs, bytesPerSecond = Infinity } = this.pace;
    if (delayMs > 0) await sleep(delayMs);
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes.length });
    // By the clock, not by counting timers: those are late, and the next slice makes up for it.
    const startedAt = performance.now();
    const least = Math.max(MIN_SLICE_BYTES, (bytesPerSecond * SLICE_MS) / 1000);
    for (let sent = 0; sent < bytes.length && !response.destroyed;) {
      const due = ((performance.now() - startedAt) / 1000) * bytesPerSecond + least;
      const next = bytes.subarray(sent, Number.isFinite(due) ? Math.max(sent, Math.floor(due)) : undefined);
      if (next.length > 0) response.write(next);
      this.sentBytes += next.length;
      sent += next.length;
      if (sent < bytes.length) await sleep(SLICE_MS);
    }
    response.end();
  }
}
