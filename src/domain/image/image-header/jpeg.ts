import type { CodedColours } from '../coded-colours.ts';
import { type ExifOrientation, readExif } from './exif-orientation.ts';
import { END_OF_IMAGE, START_OF_SCAN, isSizedMarker, nextMarker, segmentEnd } from './jpeg-markers.ts';
import { readScans, type Scans } from './jpeg-scans.ts';
import { PLAIN, type RasterHeader, type Span, stepLimit } from './raster-header.ts';

const APP1 = 0xe1;
const APP2 = 0xe2;

/** The start mark alone, as decoders do it: they skip stray bytes ahead of the first segment, too. */
export function isJpeg(bytes: Buffer): boolean {
  return bytes.length >= 2 && bytes.readUInt16BE(0) === 0xffd8;
}

/**
 * Walks the segments up to the first scan: the frame (ITU-T T.81, B.2.2), the EXIF block, and the scan's components.
 * Where a decoder has to hold the whole image, it goes on reading scans up to the end of the file, and so does this.
 */
export function readJpegHeader(bytes: Buffer): RasterHeader {
  let frame: Frame | undefined;
  const exif: (Span & ExifOrientation)[] = [];
  let hasInkProfile = false;
  let at = 2;
  const countStep = stepLimit();
  for (;;) {
    countStep();
    at = nextMarker(bytes, at);
    if (at > bytes.length) throw new RangeError('no marker follows');
    const marker = bytes.readUInt8(at - 1);
    if (marker === END_OF_IMAGE) throw new RangeError('the image ends before its first scan');
    if (!isSizedMarker(marker)) continue;
    const payload = at + 2;
    if (marker === START_OF_SCAN && frame !== undefined) {
      return { ...toHeader(frame, at, bytes), ...turnBy(exif), colours: coloursOf(frame, hasInkProfile) };
    }
    const end = segmentEnd(bytes, at);
    if (isStartOfFrame(marker)) frame = readFrame(bytes, payload, marker);
    if (marker === APP1 && bytes.toString('latin1', payload, payload + 6) === 'Exif\0\0') {
      exif.push({ start: payload, end: payload + 4, ...readExif(bytes.subarray(payload + 6, end)) });
    }
    if (marker === APP2) hasInkProfile ||= isInkProfile(bytes.subarray(payload, end));
    at = end;
  }
}

/** Ahead of a profile, or of a part of one: its name, its number and how many there are. */
const PROFILE_NAME = 'ICC_PROFILE\0';
const PROFILE_AT = PROFILE_NAME.length + 2;
/** Within a profile: the name of the colours that it describes (ICC.1, 7.2). */
const SPACE_AT = PROFILE_AT + 16;

function isInkProfile(segment: Buffer): boolean {
  if (segment.toString('latin1', 0, PROFILE_NAME.length) !== PROFILE_NAME) return false;
  return segment.toString('latin1', SPACE_AT, SPACE_AT + 4) === 'CMYK';
}

const INKS = 4;

/** Of inks that no profile describes, browsers show how much light they would leave. */
function coloursOf({ components }: Frame, hasInkProfile: boolean): CodedColours | undefined {
  return components === INKS && !hasInkProfile ? { transfer: 'srgb', inks: true } : undefined;
}

/** The first block counts; where it is odd, the decoder finds none by its name. */
function turnBy(exif: readonly (Span & ExifOrientation)[]): Pick<RasterHeader, 'orientation' | 'hidden'> {
  const orientation = exif[0]?.orientation ?? 1;
  const hides = orientation === 1 && exif.some(({ isOdd }) => isOdd);
  return { orientation, hidden: hides ? exif.map(({ start, end }) => ({ start, end })) : [] };
}

type Facts = Pick<
  RasterHeader,
  'width' | 'height' | 'bitDepth' | 'samplesPerPixel' | 'quarteredChroma' | 'progressive' | 'lossless'
>;

interface Frame {
  readonly facts: Facts;
  readonly planes: ReadonlyMap<number, number>;
  readonly components: number;
  readonly arithmetic: boolean;
}

function readFrame(bytes: Buffer, at: number, marker: number): Frame {
  const [height, width] = [bytes.readUInt16BE(at + 1), bytes.readUInt16BE(at + 3)];
  const components = Array.from({ length: bytes.readUInt8(at + 5) }, (_, index) => {
    const factors = bytes.readUInt8(at + 6 + index * 3 + 1);
    return { id: bytes.readUInt8(at + 6 + index * 3), across: factors >> 4, down: factors & 15 };
  });
  // Each component has its own sampling factors; the largest stands for one sample for each pixel.
  const across = Math.max(1, ...components.map((each) => each.across));
  const down = Math.max(1, ...components.map((each) => each.down));
  const units = Math.ceil(width / (8 * across)) * Math.ceil(height / (8 * down));
  const planes = components.map((each) => [each.id, units * each.across * each.down * 64] as const);
  const samples = planes.reduce((sum, [, count]) => sum + count, 0);
  return {
    facts: {
      bitDepth: bytes.readUInt8(at),
      height,
      width,
      samplesPerPixel: samples / Math.max(1, width * height),
      quarteredChroma: components.some(
        (each) => across % (2 * each.across) === 0 && down % (2 * each.down) === 0,
      ),
      progressive: marker === 0xc2 || marker === 0xca,
      lossless: marker === 0xc3 || marker === 0xcb,
    },
    planes: new Map(planes),
    components: components.length,
    arithmetic: marker >= 0xc9,
  };
}

/** `scanAt` is where the length of the first scan's header stands. */
function toHeader({ facts, planes, components, arithmetic }: Frame, scanAt: number, bytes: Buffer) {
  // One scan for each component means as many passes over the image as a progressive one has.
  const progressive = facts.progressive || bytes.readUInt8(scanAt + 2) < components;
  const scans = progressive ? readScans(bytes, scanAt, { planes, arithmetic }) : ONE_SCAN;
  return {
    ...PLAIN,
    ...facts,
    format: 'jpeg' as const,
    channels: components,
    progressive,
    structureMs: scans.ms,
    metadataBytes: scanAt + scans.segmentBytes,
  };
}

const ONE_SCAN: Scans = { ms: 0, segmentBytes: 0 };

/** SOF0 to SOF15 without the three codes among them that mean something else (DHT, JPG, DAC). */
function isStartOfFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}
