import { readExifOrientation } from '../image-header/exif-orientation.ts';
import { START_OF_SCAN, segmentEnd } from '../image-header/jpeg-markers.ts';
import { jpegPlanFor } from '../jpeg-plan.ts';
import { type TargetBox, turned } from '../target-box.ts';
import { emptyScans } from './jpeg-ending.ts';
import { type Frame, hasComeFor, readFrame, readSteps, takeScan } from './jpeg-frame.ts';
import { complete, READ_ALL } from './progress.ts';
import { MAX_PARTS, type Received, type Reading, type Waiting } from './received.ts';

const MARKER = {
  progressiveFrame: 0xc2,
  huffmanTables: 0xc4,
  startOfScan: START_OF_SCAN,
  quantisation: 0xdb,
  restartInterval: 0xdd,
  comment: 0xfe,
  exif: 0xe1,
} as const;

/**
 * A progressive file sends its DC coefficients first (ITU-T T.81, G.1.1), and they are the whole image at an eighth. For
 * a thumbnail that is decoded at an eighth, a file is enough up to the end of their scans, or of those of chroma's lowest
 * AC coefficients; see `JpegPlan`.
 */
export function* readJpeg(file: Received, box: TargetBox): Reading {
  let frame: Frame | undefined;
  let orientation: number | undefined;
  let detail: 'dc' | 'dc-and-chroma' | undefined;
  const steps = new Map<number, readonly number[]>();
  let at = 2;
  for (let part = 0; part < MAX_PARTS; part += 1) {
    const segmentAt = yield* afterMarker(file, at);
    const marker = segmentAt === undefined ? undefined : file.bytes.readUInt8(segmentAt - 1);
    if (segmentAt === undefined || marker === undefined || !isUsual(marker)) return READ_ALL;
    if (frame !== undefined && detail !== undefined && hasComeFor(detail, frame, steps))
      return complete(at, emptyScans(frame.components));
    yield* file.until(segmentAt + 2);
    const end = segmentEnd(file.bytes, segmentAt);
    yield* file.until(end);
    const payload = file.bytes.subarray(segmentAt + 2, end);
    at = end;
    if (marker === MARKER.quantisation) readSteps(payload, steps);
    if (marker === MARKER.progressiveFrame) {
      frame = frame === undefined ? readFrame(payload) : undefined;
      if (frame === undefined) return READ_ALL;
    }
    if (marker === MARKER.exif) orientation ??= orientationIn(payload);
    if (marker === MARKER.startOfScan) {
      if (frame === undefined) return READ_ALL;
      const sides = turned(frame, orientation ?? 1);
      const plan = jpegPlanFor({ ...frame, ...sides, progressive: true }, box);
      detail ??= plan.detail === 'all' ? undefined : plan.detail;
      if (detail === undefined || !takeScan(payload, frame)) return READ_ALL;
      at = yield* endOfScan(file, end);
    }
  }
  return READ_ALL;
}

/** Undefined where the segment holds something else. */
function orientationIn(payload: Buffer): number | undefined {
  const isExif = payload.toString('latin1', 0, EXIF.length) === EXIF;
  return isExif ? readExifOrientation(payload.subarray(EXIF.length)) : undefined;
}

/** Anything else is odd or needs all of the file: another kind of frame, a height that comes later, the end. */
function isUsual(marker: number): boolean {
  return USUAL.has(marker) || (marker & 0xf0) === FIRST_APPLICATION_SEGMENT;
}

const USUAL: ReadonlySet<number> = new Set(Object.values(MARKER));
const FIRST_APPLICATION_SEGMENT = 0xe0;
const EXIF = 'Exif\0\0';

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
