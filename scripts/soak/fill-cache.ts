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
 * Has large thumbnails made until the cache is full: after that it takes no more memory, and what then grows is something
 * else. They are large because thousands of small ones at the start leave more behind than an hour of mixed images does
 * (docs/performance.md, "Memory").
 *
 * @returns how many thumbnails were made
 */
export async function fillCache({ cacheBytes, concurrency, maxMs, urlOf }: Filling): Promise<number> {
  const lastAt = performance.now() + maxMs;
  let filledBytes = 0;
  let [asked, made] = [0, 0];
  const client = async () => {
    while (filledBytes < cacheBytes && performance.now() < lastAt) {
      const response = await fetch(urlOf((asked += 1)));
      const body = await response.arrayBuffer();
      // On a busy machine one may be refused.
      if (!response.ok) continue;
      made += 1;
      filledBytes += body.byteLength + ENTRY_OVERHEAD_BYTES;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, client));
  return made;
}
