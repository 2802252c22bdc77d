/** What the memory cache counts for an entry besides its image. */
const ENTRY_OVERHEAD_BYTES = 1024;

export interface Filling {
  /** How many bytes the cache keeps. */
  readonly cacheBytes: number;
  readonly concurrency: number;
  /** How long that may take, in milliseconds: a short soak begins with what it has by then. */
  readonly maxMs: number;
  /** Where the thumbnail with a number is asked for: no two may be the same. */
  readonly urlOf: (serial: number) => string;
}

/**
 * Has small thumbnails made until the cache is full. After that it takes no more memory, and what then grows is something
 * else.
 *
 * @returns how many thumbnails were made
 */
export async function fillCache({ cacheBytes, concurrency, maxMs, urlOf }: Filling): Promise<number> {
  const lastAt = performance.now() + maxMs;
  let filledBytes = 0;
  let made = 0;
  const client = async () => {
    while (filledBytes < cacheBytes && performance.now() < lastAt) {
      const response = await fetch(urlOf((made += 1)));
      const body = await response.arrayBuffer();
      if (!response.ok)
        throw new Error(`filling the cache: ${response.status} ${Buffer.from(body).toString()}`);
      filledBytes += body.byteLength + ENTRY_OVERHEAD_BYTES;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, client));
  return made;
}
