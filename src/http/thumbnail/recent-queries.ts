import type { ThumbnailQuery } from './thumbnail-query.ts';

/** Of each of the two halves. */
const MAX_QUERIES = 1000;

/** Characters of an address; with one of that length a query takes some 3 KB, so that all of them take 6 MB at most. */
const MAX_LENGTH = 1000;

/**
 * What the addresses that were asked for last were parsed to. Two halves stand for an order: what is asked for moves to the newer
 * one, and when that is full, what is left in the older one is forgotten.
 */
export class RecentQueries {
  #newer = new Map<string, ThumbnailQuery>();
  #older = new Map<string, ThumbnailQuery>();

  get(address: string): ThumbnailQuery | undefined {
    const query = this.#newer.get(address);
    if (query !== undefined) return query;
    const older = this.#older.get(address);
    if (older !== undefined) this.add(address, older);
    return older;
  }

  add(address: string, query: ThumbnailQuery): void {
    if (address.length > MAX_LENGTH) return;
    if (this.#newer.size >= MAX_QUERIES) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    this.#newer.set(address, query);
  }
}
