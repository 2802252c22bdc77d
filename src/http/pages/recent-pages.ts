import { RecentlyUsed } from '../recently-used.ts';

/** Bytes of each of the two halves. */
const MAX_BYTES = 2 * 1024 ** 2;

/** The one figure of a hit's page that is another each time. No text of a sender's has quotation marks that are not escaped. */
const PROCESSING_TIME = /(?<=id="processing-time">)\d+/;

/**
 * The result pages of hits that were sent last. Such a page says the same to everyone who asks for it, but for its processing
 * time, so that one that many look at is rendered once.
 */
export class RecentPages {
  readonly #pages = new RecentlyUsed<RecentPage>({
    maxWeight: MAX_BYTES,
    weightOf: ({ bytes }, key) => bytes + key.length,
  });

  /**
   * The page with that processing time in whole milliseconds.
   *
   * @param facts all else that the page depends on; made to text, it is what the page is known by
   */
  find(facts: unknown, processingTimeMs: number, render: () => string): Buffer {
    const key = JSON.stringify(facts);
    const known = this.#pages.get(key);
    const page = known ?? new RecentPage(render());
    if (known === undefined) this.#pages.add(key, page);
    return page.saying(processingTimeMs);
  }
}

/** A page as it was sent last: most hits take the same time, none in whole milliseconds. */
class RecentPage {
  /** Its last bytes; never written to again, as they may still be on their way. */
  #page: Buffer;
  #processingTimeMs: number;
  /** Where the figure begins. */
  readonly #at: number;

  /** @param html with its processing time in one place */
  constructor(html: string) {
    const [before = '', ...rest] = html.split(PROCESSING_TIME);
    if (rest.length !== 1) throw new Error('a page with one processing time was expected');
    this.#at = Buffer.byteLength(before);
    this.#processingTimeMs = Number.parseInt(html.slice(before.length), 10);
    this.#page = Buffer.from(html);
  }

  get bytes(): number {
    return this.#page.length;
  }

  /** @param processingTimeMs in whole milliseconds */
  saying(processingTimeMs: number): Buffer {
    if (processingTimeMs !== this.#processingTimeMs) {
      const end = this.#at + String(this.#processingTimeMs).length;
      const [before, after] = [this.#page.subarray(0, this.#at), this.#page.subarray(end)];
      this.#page = Buffer.concat([before, Buffer.from(String(processingTimeMs)), after]);
      this.#processingTimeMs = processingTimeMs;
    }
    return this.#page;
  }
}
