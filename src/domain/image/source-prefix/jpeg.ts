import type { Fit } from '../formats.ts';
import { type Reach, type Sides, decisiveSide } from '../reach.ts';
import { emptyScans } from './jpeg-ending.ts';
import { type Frame, readFrame, readSteps, takeScan } from './jpeg-frame.ts';
import { type Judging, MAX_PARTS, type Received, type Waiting } from './received.ts';
import { enough, WHOLE } from './verdict.ts';

const MARKER = {
  progressiveFrame: 0xc2,
  huffmanTables: 0xc4,
  startOfScan: 0xda,
  quantisation: 0xdb,
  restartInterval: 0xdd,
  comment: 0xfe,
} as const;

/**
 * A progressive file sends its DC coefficients first (ITU-T T.81, G.1.1), and they are the whole image at an eighth. For
 * a thumbnail that is no larger, a file is enough up to the end of their scans.
 */
export function* jpegPrefix(file: Received, { size, fit }: Reach): Judging {
  let frame: Frame | undefined;
  const steps = new Map<number, number>();
  let at = 2;
  for (let part = 0; part < MAX_PARTS; part += 1) {
    const segmentAt = yield* afterMarker(file, at);
    const marker = segmentAt === undefined ? undefined : file.bytes.readUInt8(segmentAt - 1);
    if (segmentAt === undefined || marker === undefined || !isUsual(marker)) return WHOLE;
    if (frame?.missing.size === 0) return enough(at, emptyScans(frame.components));
    yield* file.until(segmentAt + 2);
    const end = segmentAt + Math.max(2, file.bytes.readUInt16BE(segmentAt));
    yield* file.until(end);
    const payload = file.bytes.subarray(segmentAt + 2, end);
    at = end;
    if (marker === MARKER.quantisation) readSteps(payload, steps);
    if (marker === MARKER.progressiveFrame) {
      frame = frame === undefined ? readFrame(payload) : undefined;
      if (frame === undefined || size > reachOfEighth(frame, fit)) return WHOLE;
    }
    if (marker === MARKER.startOfScan) {
      if (frame === undefined || !takeScan(payload, frame, steps)) return WHOLE;
      at = yield* endOfScan(file, end);
    }
  }
  return WHOLE;
}

/** Anything else is odd or needs all of the file: another kind of frame, a height that comes later, the end. */
function isUsual(marker: number): boolean {
  return USUAL.has(marker) || (marker & 0xf0) === FIRST_APPLICATION_SEGMENT;
}

const USUAL: ReadonlySet<number> = new Set(Object.values(MARKER));
const FIRST_APPLICATION_SEGMENT = 0xe0;

/**
 * Largest dimension in pixels of the thumbnails for which sharp asks the decoder for an eighth of both sides. Up to nine
 * times the thumbnail's size it asks for a quarter, against rounding, and the DC coefficients are not as good a quarter:
 * SSIM 0.987 was seen.
 */
export function reachOfEighth({ width, height }: Sides, fit: Fit): number {
  if (Math.min(width, height) < SMALLEST_SHRINK) return 0;
  return Math.floor(decisiveSide({ width, height }, fit) / SMALLEST_SHRINK);
}

const SMALLEST_SHRINK = 9;

/** Position after the next marker, fill bytes skipped; undefined where something else stands. */
function* afterMarker(file: Received, from: number): Waiting<number | undefined> {
  yield* file.until(from + 1);
  if (file.bytes[from] !== 0xff) return undefined;
  let at = from + 1;
  for (;;) {
    yield* file.until(at + 1);
    while (file.bytes[at] === 0xff) at += 1;
    if (at < file.bytes.length) return at + 1;
  }
}

/** Position of the marker behind a scan's data. */
function* endOfScan(file: Received, from: number): Waiting<number> {
  let at = from;
  for (;;) {
    yield* file.until(at + 2);
    const { bytes } = file;
    while (at + 1 < bytes.length && !(bytes[at] === 0xff && endsScan(bytes.readUInt8(at + 1)))) at += 1;
    if (at + 1 < bytes.length) return at;
  }
}

/** Within a scan, 0xff stands ahead of 0 where it is data, of 0xd0 to 0xd7 at a restart, of itself as filling. */
function endsScan(code: number): boolean {
  return code !== 0 && code !== 0xff && (code < 0xd0 || code > 0xd7);
}
