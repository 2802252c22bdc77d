import { boxes, child, hideBox } from '../image-header/avif/boxes.ts';
import { clarifyColours, vagueColours } from '../image-header/avif/colours.ts';
import { readItems } from '../image-header/avif/items.ts';
import { expandedFile, isMinimized } from '../image-header/avif/minimized.ts';
import { firstOfSequence } from '../image-header/avif/sequence.ts';
import { repeatedRange } from '../image-header/avif/turned-range.ts';

const BRAND_AT = 8;
/** By which libvips recognises a file of boxes. */
const KNOWN_BRAND = 'avif';
const SEQUENCE_BRAND = 'avis';

/** A sequence as its first picture; a file of another major brand under one that the decoder knows. */
export function stillAvif(file: Buffer): Uint8Array {
  if (isMinimized(file)) return expandedFile(file);
  const brand = file.toString('latin1', BRAND_AT, BRAND_AT + 4);
  const first = brand === SEQUENCE_BRAND ? firstOfSequence(file) : undefined;
  const still = first ?? Buffer.from(file);
  const items = readItems(child(still, 'meta', 4));
  vagueColours(items).forEach(clarifyColours);
  const repeated = repeatedRange(items, still);
  if (repeated !== undefined) hideBox(still, repeated);
  if (first !== undefined || brand === KNOWN_BRAND) return still;
  still.write(KNOWN_BRAND, BRAND_AT, 'latin1');
  // Without a sequence that is not in order, for which libheif refuses the file.
  const movie = boxes(still).find(({ type }) => type === 'moov')?.body;
  if (movie !== undefined) hideBox(still, movie);
  return still;
}
