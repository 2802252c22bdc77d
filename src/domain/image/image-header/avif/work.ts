import { CODED_TYPES, type Item, type Items } from './items.ts';

/** Pixels that are decoded for the file's image, however often, and how many pieces that takes. */
export interface DecodeWork {
  readonly pixels: number;
  readonly pieces: number;
}

/** Transparency and the like belong to an image by such a reference, which leads from them to it. */
const AUXILIARY = 'auxl';
/** A derived image is made from others by one; each may be named many times. */
const DERIVED = 'dimg';

/**
 * All that has to be decoded for the primary image and what belongs to it. A grid may have the same tile again and again,
 * an overlay an image of any size, and each of those may itself be made from others.
 *
 * @param pixelsOf those of a coded image, in all of its frames
 * @throws RangeError where an image is made from itself
 */
export function decodeWorkOf(
  { primaryId, items, references }: Items,
  pixelsOf: (item: Item) => number,
): DecodeWork {
  const sources = new Map<number, readonly number[]>();
  for (const { type, from, to } of references) {
    if (type !== DERIVED) continue;
    if (sources.has(from)) throw new RangeError('an image that is made twice');
    sources.set(from, to);
  }
  const known = new Map<number, DecodeWork | undefined>();
  const workOf = (id: number): DecodeWork => {
    if (known.has(id)) {
      const work = known.get(id);
      if (work === undefined) throw new RangeError('an image that is made from itself');
      return work;
    }
    known.set(id, undefined);
    const item = items.get(id);
    const from = sources.get(id);
    const isCoded = from === undefined && item !== undefined && CODED_TYPES.has(item.type);
    const work = isCoded ? { pixels: pixelsOf(item), pieces: 1 } : sum((from ?? []).map(workOf));
    known.set(id, work);
    return work;
  };
  const auxiliary = references.filter(({ type }) => type === AUXILIARY).map(({ from }) => from);
  return sum([primaryId, ...new Set(auxiliary)].map(workOf));
}

function sum(works: readonly DecodeWork[]): DecodeWork {
  return works.reduce((a, b) => ({ pixels: a.pixels + b.pixels, pieces: a.pieces + b.pieces }), {
    pixels: 0,
    pieces: 0,
  });
}
