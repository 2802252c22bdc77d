import { RecentlyUsed } from '../recently-used.ts';

/** Bytes of each of the two halves. */
const MAX_BYTES = 2 * 1024 ** 2;

/** The one figure of a hit's page that is another each time. No text of a sender's has quotation marks that are not escaped. */
const PROCESSING_TIME = /(?<=id="processing-time">)\d+/;

/** A page without its processing time. */
interface Parts {
  readonly before: Buffer;
  readonly after: Buffer;
}

/**
 * The result pages of hits that were sent last. Such a page says the same to everyone who asks for it, but for its processing
 * time, so that one that many look at is rendered once.
 */
export class RecentPages {
  readonly #pages = new RecentlyUsed<Parts>({
    maxWeight: MAX_BYTES,
    weightOf: ({ before, after }, key) => before.length + after.length + key.length,
  });

  /**
   * The page with that processing time in whole milliseconds.
   *
   * @param facts all else that the page depends on; made to text, it is what the page is known by
   */
  find(facts: unknown, processingTimeMs: number, render: () => string): Buffer {
    const key = JSON.stringify(facts);
    const known = this.#pages.get(key);
    const { before, after } = known ?? partsOf(render());
    if (known === undefined) this.#pages.add(key, { before, after });
    return Buffer.concat([before, Buffer.from(String(processingTimeMs)), after]);
  }
}

function partsOf(page: string): Parts {
  const [before = '', ...rest] = page.split(PROCESSING_TIME);
  const [after] = rest;
  if (rest.length !== 1 || after === undefined)
    throw new Error('a page with one processing time was expected');
  return { before: Buffer.from(before), after: Buffer.from(after) };
}
