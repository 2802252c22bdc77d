import { Child } from './child.ts';
import type { OriginHandlers, OriginPace, OriginTraffic } from './origin-process.ts';
import type { Source } from './sources.ts';

export type { OriginPace, OriginTraffic } from './origin-process.ts';

/** The image host, in a process of its own, so that its work is nobody else's. */
export class Origin implements AsyncDisposable {
  readonly #child: Child<OriginHandlers>;
  #url = '';
  #serial = 0;

  static async start(sources: readonly Source[], pace: OriginPace, signal: AbortSignal): Promise<Origin> {
    const origin = new Origin(signal);
    const files = sources.map(({ name, bytes, format }) => ({
      name,
      bytes,
      type: `image/${typeOf(format)}`,
    }));
    origin.#url = await origin.#child.call('listen', files);
    await origin.setPace(pace);
    return origin;
  }

  private constructor(signal: AbortSignal) {
    this.#child = new Child(new URL('origin-process.ts', import.meta.url), signal);
  }

  /** An address of this source that nobody has asked for yet. */
  freshUrl({ name, url }: Pick<Source, 'name' | 'url'>): string {
    this.#serial += 1;
    const address = new URL(url ?? `${this.#url}/${encodeURIComponent(name)}`);
    // Unlike those of any run before, which a deployment may have kept.
    address.searchParams.set('benchmark', `${process.pid}-${Date.now()}-${this.#serial}`);
    return address.href;
  }

  async setPace(pace: OriginPace): Promise<void> {
    await this.#child.call('setPace', pace);
  }

  /** What it has sent since it was last asked. */
  async takeTraffic(): Promise<OriginTraffic> {
    return this.#child.call('takeTraffic', undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
  }
}

/** sharp calls AVIF after its container. */
function typeOf(format: string): string {
  return format === 'heif' ? 'avif' : format;
}
