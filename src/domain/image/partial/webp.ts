import { type Reading, MAX_PARTS, type Received, type Waiting } from './received.ts';
import { type PartialFile, READ_ALL } from './progress.ts';

const FLAGS = { animation: 0x02, exif: 0x08, alpha: 0x10, profile: 0x20 } as const;

/** Ahead of the first chunk: RIFF, the length of all that follows, WEBP. */
const RIFF_BYTES = 12;
const LENGTH_AT = 4;
const CHUNK_HEAD_BYTES = 8;
/** Of VP8X, which is the first chunk: flags, then width and height less one. */
const CANVAS_SIZE_AT = RIFF_BYTES + CHUNK_HEAD_BYTES + 4;
const SIZE_BYTES = 6;
/** Within an ANMF chunk, behind the place of the frame: width and height less one. */
const FRAME_SIZE_AT = CHUNK_HEAD_BYTES + 6;

/**
 * An animation is done with its first frame. EXIF, by which it would have to be turned, stands behind all frames; a colour
 * profile stands ahead of them (RFC 9649, 2.7).
 */
export function* readWebp(file: Received): Reading {
  yield* file.until(CANVAS_SIZE_AT + SIZE_BYTES);
  const flags = file.bytes.readUInt8(RIFF_BYTES + CHUNK_HEAD_BYTES);
  if (typeAt(file, RIFF_BYTES) !== 'VP8X' || (flags & FLAGS.animation) === 0) return READ_ALL;
  if ((flags & FLAGS.exif) !== 0) return READ_ALL;
  let needsProfile = (flags & FLAGS.profile) !== 0;
  let at = RIFF_BYTES;
  for (let part = 0; part < MAX_PARTS; part += 1) {
    yield* file.until(at + CHUNK_HEAD_BYTES);
    const type = typeAt(file, at);
    if (type === 'ICCP') needsProfile = false;
    if (type === 'ANMF') {
      const fill = needsProfile ? undefined : yield* framesFillCanvas(file, at, (flags & FLAGS.alpha) !== 0);
      return fill === undefined ? READ_ALL : endingAt(chunkEnd(file, at), fill ? NO_FRAME : SMALL_FRAME);
    }
    at = chunkEnd(file, at);
  }
  return READ_ALL;
}

/**
 * Whether all frames fill the canvas, of an animation whose first stands here; undefined where it has no other, or more
 * than can be told. Encoders that store what has changed alone do so from the second frame on, so that two are enough to
 * tell. With transparency too much depends on it, and one that does not fill the canvas has to be seen.
 */
function* framesFillCanvas(file: Received, first: number, hasAlpha: boolean): Waiting<boolean | undefined> {
  const riffEnd = CHUNK_HEAD_BYTES + file.bytes.readUInt32LE(LENGTH_AT);
  let at = first;
  for (let frame = 1; frame < MAX_PARTS && at < riffEnd; frame += 1) {
    yield* file.until(at + FRAME_SIZE_AT + SIZE_BYTES);
    if (typeAt(file, at) !== 'ANMF') return undefined;
    const fills = fillsCanvas(file, at);
    if (frame > 1 && fills && !hasAlpha) return true;
    if (!fills) {
      yield* file.until(chunkEnd(file, first));
      return chunkEnd(file, first) < riffEnd ? false : undefined;
    }
    at = chunkEnd(file, at);
  }
  return undefined;
}

const NO_FRAME = Buffer.alloc(0);

/**
 * A frame of one transparent pixel, lossless: chunk, place, size, duration and flags (RFC 9649, 2.7.1.1), then the pixel
 * as libwebp writes it. Where all frames fill the canvas, the decoder scales as it decodes; where one does not, it lays
 * the frames on the canvas first, and the partial file has to be like the whole one in that.
 */
const SMALL_FRAME = Buffer.concat([
  Buffer.from('ANMF\x26\0\0\0', 'latin1'),
  Buffer.alloc(16),
  Buffer.from('VP8L\x0d\0\0\0', 'latin1'),
  Buffer.from('2f00000010071011118888fe0700', 'hex'),
]);

function fillsCanvas({ bytes }: Received, chunkAt: number): boolean {
  const sizeAt = chunkAt + FRAME_SIZE_AT;
  const frame = bytes.subarray(sizeAt, sizeAt + SIZE_BYTES);
  return frame.equals(bytes.subarray(CANVAS_SIZE_AT, CANVAS_SIZE_AT + SIZE_BYTES));
}

function endingAt(at: number, tail: Buffer): PartialFile {
  const length = at + tail.length;
  const riffLength = Buffer.alloc(4);
  riffLength.writeUInt32LE(length - CHUNK_HEAD_BYTES);
  const edits = [
    { at: LENGTH_AT, bytes: riffLength },
    { at, bytes: tail },
  ];
  return { kind: 'complete', length, edits };
}

/** Chunks begin at even places. */
function chunkEnd({ bytes }: Received, at: number): number {
  const length = bytes.readUInt32LE(at + LENGTH_AT);
  return at + CHUNK_HEAD_BYTES + length + (length & 1);
}

function typeAt({ bytes }: Received, at: number): string {
  return bytes.toString('latin1', at, at + 4);
}
