import { type RasterHeader, readImageHeader, recogniseFormat } from '../image/image-header.ts';
import { NEED_MORE, type Progress, READ_ALL } from '../image/partial/progress.ts';
import { type FileReader, PartialDecoder } from '../image/partial/partial-decoder.ts';
import { uprightSides } from '../image/upright-sides.ts';
import { INFO_THUMBNAIL } from './info-thumbnail.ts';
import type { InfoSpec } from '../request/info-spec.ts';

/**
 * How much longer a file has to be for its header to be read again. That begins at the first byte each time: so all readings
 * together take time in proportion to the bytes, however few come at a time.
 */
const GROWTH = 1.5;

/** Tells, as a file arrives, whether the rest of it is needed for an info. It never throws, whatever the bytes. */
export class InfoReader implements FileReader {
  readonly #spec: InfoSpec;
  #readAgainAt = 0;
  #decoder: PartialDecoder | undefined;

  constructor(spec: InfoSpec) {
    this.#spec = spec;
  }

  read(received: Uint8Array, announcedBytes: number | undefined): Progress {
    if (this.#decoder !== undefined) return this.#decoder.read(received, announcedBytes);
    if (received.length < this.#readAgainAt) return NEED_MORE;
    this.#readAgainAt = received.length * GROWTH;
    const format = recogniseFormat(received);
    const header = format === undefined ? undefined : readImageHeader(format, received);
    if (header === undefined) return NEED_MORE;
    if (this.#needsAll(header, received)) return READ_ALL;
    const isKnown = uprightSides({ bytes: received, format: header.format, header, ...A_PART }) !== undefined;
    if (isKnown && !this.#spec.pixels) return { kind: 'complete', length: received.length, edits: [] };
    this.#decoder = new PartialDecoder(INFO_THUMBNAIL);
    return this.#decoder.read(received, announcedBytes);
  }

  /** Frames are counted one by one, or where the file has a table of them; and of a WebP, what turns it stands behind its pixels. */
  #needsAll({ format, animated }: RasterHeader, received: Uint8Array): boolean {
    if (format === 'gif') return this.#spec.frames;
    if (format === 'avif') return this.#spec.frames && animated;
    if (format !== 'webp') return false;
    return (this.#spec.frames && animated) || hasExif(received);
  }
}

const A_PART = { isPart: true, wholeBytes: undefined } as const;

/** Of a WebP: a flag of the VP8X chunk, which comes first where there is one (RFC 9649, 2.7). */
function hasExif(webp: Uint8Array): boolean {
  const type = String.fromCharCode(...webp.subarray(12, 16));
  return type === 'VP8X' && ((webp[20] ?? 0) & 0x08) !== 0;
}
