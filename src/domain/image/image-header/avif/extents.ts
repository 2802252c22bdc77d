import type { Span } from '../raster-header.ts';
import { CODED_TYPES, type Item, type Items } from './items.ts';

/**
 * Refuses a file in which bytes belong to several items, or several times to one: decoders copy what each item says that
 * it is, so that a megabyte could count a thousand times. Encoders do let equal tiles share their data, each of one piece,
 * as well as equal descriptions of grids.
 *
 * @throws RangeError
 */
export function refuseOverlaps({ items }: Items): void {
  for (const isInIdat of [false, true]) {
    const pieces = [...items.values()]
      .filter((item) => item.isInIdat === isInIdat)
      .flatMap((item) => item.extents.map((span) => ({ ...span, item })))
      .sort((a, b) => a.start - b.start || a.end - b.end);
    pieces.forEach((piece, index) => {
      const ahead = pieces[index - 1];
      if (ahead !== undefined && ahead.end > piece.start && !isShared(ahead, piece)) {
        throw new RangeError('items that overlap');
      }
    });
  }
}

type Piece = Span & { readonly item: Item };

/** How a grid is laid out, or what a gain map means, has fewer. */
const DESCRIPTION_BYTES = 256;

function isShared(a: Piece, b: Piece): boolean {
  // What is in several pieces is copied together.
  const areCoded = [a, b].every(({ item }) => CODED_TYPES.has(item.type) && item.extents.length === 1);
  const areEqual = a.start === b.start && a.end === b.end && a.item !== b.item;
  return areEqual && (areCoded || a.end - a.start <= DESCRIPTION_BYTES);
}

/** The data of an item, uncopied where it is in one piece; what lies beyond the end is left out. */
export function dataOf({ extents, isInIdat }: Item, file: Buffer, { idat }: Items): Buffer {
  const pieces = extents.map(({ start, end }) => (isInIdat ? idat : file).subarray(start, end));
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
}
