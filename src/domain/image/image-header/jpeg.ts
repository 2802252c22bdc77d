import { readExifOrientation } from './exif-orientation.ts';
import { PLAIN, type RasterHeader, stepLimit } from './raster-header.ts';

const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;
const APP1 = 0xe1;

/** The start mark alone, as decoders do it: they skip stray bytes ahead of the first segment, too. */
export function isJpeg(bytes: Buffer): boolean {
  return bytes.length >= 2 && bytes.readUInt16BE(0) === 0xffd8;
}

/** Walks the segments up to the first scan: the frame (ITU-T T.81, B.2.2), the EXIF block, and the scan's components. */
export function readJpegHeader(bytes: Buffer): RasterHeader {
  let frame: Frame | undefined;
  let orientation: number | undefined;
  let at = 2;
  const countStep = stepLimit();
  for (;;) {
    countStep();
    at = nextMarker(bytes, at, countStep);
    const marker = bytes.readUInt8(at - 1);
    if (marker === END_OF_IMAGE) throw new RangeError('the image ends before its first scan');
    if (isStandalone(marker)) continue;
    const payload = at + 2;
    if (marker === START_OF_SCAN && frame !== undefined) {
      return {
        ...toHeader(frame, bytes.readUInt8(payload)),
        orientation: orientation ?? 1,
        metadataBytes: at,
      };
    }
    const end = at + Math.max(2, bytes.readUInt16BE(at));
    if (isStartOfFrame(marker)) frame = readFrame(bytes, payload, marker);
    if (marker === APP1 && bytes.toString('latin1', payload, payload + 6) === 'Exif\0\0') {
      orientation ??= readExifOrientation(bytes.subarray(payload + 6, end));
    }
    at = end;
  }
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  readonly components: number;
  readonly samplesPerPixel: number;
  readonly quarteredChroma: boolean;
  readonly progressive: boolean;
}

function readFrame(bytes: Buffer, at: number, marker: number): Frame {
  const components = bytes.readUInt8(at + 5);
  return {
    bitDepth: bytes.readUInt8(at),
    height: bytes.readUInt16BE(at + 1),
    width: bytes.readUInt16BE(at + 3),
    components,
    ...samplingOf(bytes, at + 6, components),
    progressive: marker === 0xc2 || marker === 0xca,
  };
}

/** Each component has its own sampling factors; the largest stands for one sample for each pixel. */
function samplingOf(bytes: Buffer, at: number, components: number) {
  const factors = Array.from({ length: components }, (_, index) => bytes.readUInt8(at + index * 3 + 1));
  const across = Math.max(1, ...factors.map((factor) => factor >> 4));
  const down = Math.max(1, ...factors.map((factor) => factor & 15));
  const samples = factors.map((factor) => (factor >> 4) * (factor & 15));
  return {
    samplesPerPixel: samples.reduce((sum, count) => sum + count, 0) / (across * down),
    quarteredChroma: factors.some(
      (factor) => across % (2 * (factor >> 4)) === 0 && down % (2 * (factor & 15)) === 0,
    ),
  };
}

function toHeader(frame: Frame, scanComponents: number): RasterHeader {
  const { components, ...facts } = frame;
  // One scan for each component means as many passes over the image as a progressive one has.
  const progressive = frame.progressive || scanComponents < components;
  return { ...PLAIN, ...facts, format: 'jpeg', channels: components, progressive };
}

/** Position after the next marker. Stray bytes ahead of it and fill bytes are skipped, as decoders do. */
function nextMarker(bytes: Buffer, from: number, countStep: () => void): number {
  let at = from;
  for (;;) {
    countStep();
    const found = bytes.indexOf(0xff, at);
    if (found === -1) throw new RangeError('no marker follows');
    at = found + 1;
    const code = bytes.readUInt8(at);
    if (code !== 0xff && code !== 0) return at + 1;
  }
}

function isStandalone(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
}

/** SOF0 to SOF15 without the three codes among them that mean something else (DHT, JPG, DAC). */
function isStartOfFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}
