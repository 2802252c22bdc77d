import { stepLimit } from '../raster-header.ts';
import { type Box, Fields, bodyOf, boxes } from './boxes.ts';
import { CODECS, type CodedPicture, stillFile } from './still-file.ts';

/** The codec of each kind of sample. */
const SAMPLES: Readonly<Record<string, CodedPicture['codec']>> = { av01: 'av01', hvc1: 'hvc1', hev1: 'hvc1' };

/** Of a sample entry ahead of its boxes: its place, sides and the like (ISO/IEC 14496-12, 12.1.3). */
const ENTRY_BYTES = 78;
const ENTRY_WIDTH_AT = 24;

/**
 * The first picture of an image sequence as a file of its own; browsers show it rather
 * than the picture that stands beside the sequence. Undefined where there is no sequence that can be read.
 */
export function firstOfSequence(file: Buffer): Buffer | undefined {
  return attempt(() => {
    const tracks = tracksIn(file);
    const picture = tracks.find(({ isAuxiliary }) => !isAuxiliary);
    return (
      picture &&
      stillFile(
        picture,
        tracks.find(({ isAuxiliary }) => isAuxiliary),
      )
    );
  });
}

/** How many pictures the sequence has; 0 where there is none that can be read. */
export function picturesOfSequence(file: Buffer): number {
  return attempt(() => tracksIn(file).find(({ isAuxiliary }) => !isAuxiliary)?.count) ?? 0;
}

/** Undefined where it reads what is not there: the picture beside the sequence may be in order. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function tracksIn(file: Buffer): Track[] {
  const moov = boxes(file).find(({ type }) => type === 'moov')?.body ?? Buffer.alloc(0);
  // Of all tracks together, as there may be thousands.
  const countStep = stepLimit();
  const partsOf = (parent: Buffer) => boxes(parent, countStep);
  return partsOf(moov)
    .filter(({ type }) => type === 'trak')
    .map(({ body }) => readTrack(body, file, partsOf))
    .filter((track) => track !== undefined);
}

interface Track extends CodedPicture {
  /** Whether it is the transparency of another one. */
  readonly isAuxiliary: boolean;
  /** Of pictures. */
  readonly count: number;
}

/** Undefined for sound and the like. */
function readTrack(trak: Buffer, file: Buffer, partsOf: (parent: Buffer) => Box[]): Track | undefined {
  const media = partsOf(bodyOf(partsOf(trak), 'mdia'));
  const handler = bodyOf(media, 'hdlr').toString('latin1', 8, 12);
  const samples = partsOf(bodyOf(partsOf(bodyOf(media, 'minf')), 'stbl'));
  const [entry] = partsOf(bodyOf(samples, 'stsd', 8));
  const codec = entry === undefined ? undefined : SAMPLES[entry.type];
  if (!['pict', 'vide', 'auxv'].includes(handler) || entry === undefined || codec === undefined)
    return undefined;
  const described = partsOf(entry.body.subarray(ENTRY_BYTES));
  const auxiliary = described.find(({ type }) => type === 'auxi')?.body;
  // A map of depths belongs to a picture, too.
  if (handler === 'auxv' && auxiliary !== undefined && !auxiliary.includes('alpha')) return undefined;
  const at = firstOffset(samples);
  const { count, firstBytes } = sizesOf(samples);
  return {
    codec,
    width: entry.body.readUInt16BE(ENTRY_WIDTH_AT),
    height: entry.body.readUInt16BE(ENTRY_WIDTH_AT + 2),
    configuration: bodyOf(described, CODECS[codec].configuration),
    colours: described.find(isColour)?.body,
    data: file.subarray(at, at + firstBytes),
    isAuxiliary: handler === 'auxv',
    count,
  };
}

function isColour({ type }: Box): boolean {
  return type === 'colr';
}

function firstOffset(samples: readonly Box[]): number {
  const short = samples.find(({ type }) => type === 'stco')?.body;
  const fields = new Fields((short ?? bodyOf(samples, 'co64')).subarray(8));
  return fields.number(short === undefined ? 8 : 4);
}

/** All samples may have the same length, which then stands once. */
function sizesOf(samples: readonly Box[]): { readonly count: number; readonly firstBytes: number } {
  const fields = new Fields(bodyOf(samples, 'stsz', 4));
  const common = fields.number(4);
  const count = fields.number(4);
  return { count, firstBytes: common === 0 ? fields.number(4) : common };
}
