import { boxes } from '../image-header/avif/boxes.ts';
import { firstOfSequence } from '../image-header/avif/sequence.ts';

const BRAND_AT = 8;
/** By which libvips recognises a file of boxes. */
const KNOWN_BRAND = 'avif';
const SEQUENCE_BRAND = 'avis';

/** A sequence as its first picture; a file of another major brand under one that the decoder knows. */
export function stillAvif(file: Buffer): Uint8Array {
  const brand = file.toString('latin1', BRAND_AT, BRAND_AT + 4);
  if (brand === KNOWN_BRAND) return file;
  const first = brand === SEQUENCE_BRAND ? firstOfSequence(file) : undefined;
  if (first !== undefined) return first;
  const copy = Buffer.from(file);
  copy.write(KNOWN_BRAND, BRAND_AT, 'latin1');
  // Without a sequence that is not in order, for which libheif refuses the file.
  const movie = boxes(copy).find(({ type }) => type === 'moov')?.body;
  if (movie !== undefined) copy.write('free', movie.byteOffset - copy.byteOffset - 4, 'latin1');
  return copy;
}
