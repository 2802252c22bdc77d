import type { Sides } from '../../target-box.ts';
import { stepLimit } from '../raster-header.ts';
import { type Av1Stream, readAv1 } from './av1.ts';
import type { Sequence } from './av1-sequence.ts';
import { propertyOf, saidSides } from './item-facts.ts';
import type { Item } from './items.ts';

/** A coded image as its decoder may come to see it: the most of what it says itself and what is said of it. */
export interface CodedImage extends Sequence {
  /** How many are decoded, of which the last is shown. */
  readonly frames: number;
}

/** Ahead of the parts of the stream that stand in an av1C box: depth, subsampling and the like. */
const CONFIGURATION_BYTES = 4;

/** In all streams of a file together: thousands of tiles have three or four each. */
const MAX_PARTS = 32_768;

/** Those of a file. Thousands of items may share a stream or a property, each of which is read once. */
export class CodedImages {
  readonly #countPart = stepLimit(MAX_PARTS);
  readonly #streams = new Map<object, Av1Stream>();

  of(item: Item, data: Buffer): CodedImage {
    const av1C = propertyOf(item, 'av1C');
    const ahead = av1C && this.#read(av1C, av1C.subarray(CONFIGURATION_BYTES));
    const { sequence, frames } = this.#read(item.extents, data);
    const said: Sequence[] = [sidesOf(item, data), ahead?.sequence ?? {}, sequence ?? {}].map((each) => ({
      ...NOTHING,
      ...each,
    }));
    if (av1C !== undefined) said.push({ ...NOTHING, ...readConfiguration(av1C) });
    const most = (of: keyof Sequence) => Math.max(...said.map((each) => each[of]));
    return {
      width: most('width'),
      height: most('height'),
      bitDepth: most('bitDepth'),
      samplesPerPixel: most('samplesPerPixel'),
      frames: Math.max(1, frames + (ahead?.frames ?? 0)),
    };
  }

  /** @param place what all items have in common that share the stream */
  #read(place: object, stream: Buffer): Av1Stream {
    const known = this.#streams.get(place) ?? readAv1(stream, this.#countPart);
    this.#streams.set(place, known);
    return known;
  }
}

const NOTHING: Sequence = { width: 0, height: 0, bitDepth: 0, samplesPerPixel: 0 };

/** Of any image, also one that is made from others, which has a canvas of its own (23008-12, 6.6.2); 0 by 0 where unsaid. */
export function sidesOf(item: Item, data: Buffer): Sides {
  const said = saidSides(item) ?? NO_SIDES;
  const canvasAt = CANVAS_AT[item.type];
  if (canvasAt === undefined || data.length <= canvasAt) return said;
  const bytes = (data.readUInt8(1) & 1) === 0 ? 2 : 4;
  return {
    width: Math.max(said.width, data.readUIntBE(canvasAt, bytes)),
    height: Math.max(said.height, data.readUIntBE(canvasAt + bytes, bytes)),
  };
}

const NO_SIDES: Sides = { width: 0, height: 0 };
/** Behind the version, the flags and, of a grid, rows and columns; of an overlay, the colour beneath. */
const CANVAS_AT: Readonly<Record<string, number>> = { grid: 4, iovl: 10 };

/** AV1 Codec ISO Media File Format Binding, 2.3.3: depth, monochrome and subsampling are flags of the third byte. */
function readConfiguration(av1C: Buffer): Pick<Sequence, 'bitDepth' | 'samplesPerPixel'> {
  const flags = av1C.readUInt8(2);
  const bitDepth = (flags & 0x40) === 0 ? 8 : (flags & 0x20) === 0 ? 10 : 12;
  if ((flags & 0x10) !== 0) return { bitDepth, samplesPerPixel: 1 };
  const chroma = 2 / ((flags & 0x08 ? 2 : 1) * (flags & 0x04 ? 2 : 1));
  return { bitDepth, samplesPerPixel: 1 + chroma };
}
