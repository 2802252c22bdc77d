import sharp, { type AvifOptions } from 'sharp';

/** An AVIF whose items and their places are free to be chosen (ISO/IEC 14496-12, 23008-12). */
export interface HostileAvif {
  readonly items: readonly AvifItem[];
  readonly references?: readonly AvifReference[];
  /** The id of the primary item. */
  readonly primary?: number;
  /** Of the file's bodies of items, into which extents point; made of the items' own data where it is absent. */
  readonly mdat?: Buffer;
  /** The body of an `idat` box, for items that are built from it. */
  readonly idat?: Buffer;
  /** Boxes ahead of `meta`, and within it. */
  readonly boxesAhead?: readonly Buffer[];
  readonly boxesWithin?: readonly Buffer[];
}

export interface AvifItem {
  /** `av01`, `grid`, `iovl`, `Exif`, `mime` … The first item is the primary one unless another is named; ids count from 1. */
  readonly type: string;
  readonly data?: Buffer | undefined;
  /** Where its data lies, from the beginning of `mdat` (or `idat`) on. */
  readonly extents?: readonly (readonly [offset: number, length: number])[] | undefined;
  readonly isInIdat?: boolean;
  readonly properties?: readonly Buffer[];
  readonly contentType?: string;
  readonly contentEncoding?: string;
}

export interface AvifReference {
  readonly type: string;
  readonly from: number;
  readonly to: readonly number[];
}

/** One coded image, for items of the type `av01`. */
export interface CodedImage {
  readonly data: Buffer;
  readonly av1C: Buffer;
}

export async function codedImage(
  width: number,
  height: number,
  options: AvifOptions = { chromaSubsampling: '4:2:0' },
): Promise<CodedImage> {
  const background = { r: 90, g: 90, b: 90 };
  const image = sharp({ create: { width, height, channels: 3, background } });
  const avif = await image.avif({ effort: 0, ...options }).toBuffer();
  const [av1C, mdat] = [avif.indexOf('av1C') - 4, avif.lastIndexOf('mdat') - 4];
  return {
    av1C: avif.subarray(av1C, av1C + avif.readUInt32BE(av1C)),
    data: avif.subarray(mdat + 8, mdat + avif.readUInt32BE(mdat)),
  };
}

export function hostileAvif(file: HostileAvif): Buffer {
  const { items, references = [], primary = 1, idat, boxesAhead = [], boxesWithin = [] } = file;
  const ftyp = box('ftyp', Buffer.from('avif\0\0\0\0avifmif1miaf', 'latin1'));
  const metaOf = (mdatAt: number) =>
    fullBox('meta', 0, [
      fullBox('hdlr', 0, [Buffer.from('\0\0\0\0pict'.padEnd(21, '\0'), 'latin1')]),
      fullBox('pitm', 0, [u16(primary)]),
      ilocOf(items, mdatAt),
      fullBox('iinf', 0, [u16(items.length), ...items.map(infeOf)]),
      ...(references.length > 0 ? [fullBox('iref', 1, references.map(referenceOf))] : []),
      iprpOf(items),
      ...(idat === undefined ? [] : [box('idat', idat)]),
      ...boxesWithin,
    ]);
  const ahead = Buffer.concat([ftyp, ...boxesAhead]);
  const mdatAt = ahead.length + metaOf(0).length + 8;
  const bodies = items.flatMap(({ data, isInIdat }) => (data === undefined || isInIdat ? [] : [data]));
  return Buffer.concat([ahead, metaOf(mdatAt), box('mdat', file.mdat ?? Buffer.concat(bodies))]);
}

export function box(type: string, ...bodies: Buffer[]): Buffer {
  const body = Buffer.concat(bodies);
  return Buffer.concat([u32(8 + body.length), Buffer.from(type, 'latin1'), body]);
}

export function fullBox(type: string, version: number, bodies: readonly Buffer[]): Buffer {
  return box(type, Buffer.from([version, 0, 0, 0]), ...bodies);
}

export function ispe(width: number, height: number): Buffer {
  return fullBox('ispe', 0, [u32(width), u32(height)]);
}

export const ALPHA = fullBox('auxC', 0, [Buffer.from('urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0')]);

/** The data of a grid of so many tiles (23008-12, 6.6.2.3), and of an overlay of images all at the top left (6.6.2.2). */
export function gridData(rows: number, columns: number, width: number, height: number): Buffer {
  return Buffer.concat([Buffer.from([0, 1, rows - 1, columns - 1]), u32(width), u32(height)]);
}

export function overlayData(width: number, height: number, images: number): Buffer {
  return Buffer.concat([
    Buffer.from([0, 1]),
    Buffer.alloc(8),
    u32(width),
    u32(height),
    Buffer.alloc(images * 8),
  ]);
}

/** Extents of items without places of their own follow one another in `mdat`. */
function ilocOf(items: readonly AvifItem[], mdatAt: number): Buffer {
  let next = 0;
  const entries = items.map(({ data, extents, isInIdat = false }, index) => {
    const own = extents ?? [[next, data?.length ?? 0] as const];
    if (extents === undefined && !isInIdat) next += data?.length ?? 0;
    const places = own.map(([offset, length]) =>
      Buffer.concat([u32(offset + (isInIdat ? 0 : mdatAt)), u32(length)]),
    );
    return Buffer.concat([u16(index + 1), u16(isInIdat ? 1 : 0), u16(0), u16(own.length), ...places]);
  });
  return fullBox('iloc', 1, [Buffer.of(0x44, 0x00), u16(items.length), ...entries]);
}

function infeOf({ type, contentType, contentEncoding = '' }: AvifItem, index: number): Buffer {
  const mime = contentType === undefined ? '' : `${contentType}\0${contentEncoding}\0`;
  return fullBox('infe', 2, [u16(index + 1), u16(0), Buffer.from(`${type}\0${mime}`, 'latin1')]);
}

function referenceOf({ type, from, to }: AvifReference): Buffer {
  return box(type, u32(from), u16(to.length), ...to.map(u32));
}

/** Each item's properties one after the other, and who has which; those that several have stand once. */
function iprpOf(items: readonly AvifItem[]): Buffer {
  const properties = [...new Set(items.flatMap(({ properties: own = [] }) => own))];
  const numberOf = new Map(properties.map((property, index) => [property, index + 1]));
  const associations = items.map(({ properties: own = [] }, index) => {
    const numbers = own.map((property) => u16(0x8000 | (numberOf.get(property) ?? 0)));
    return Buffer.concat([u16(index + 1), Buffer.of(numbers.length), ...numbers]);
  });
  const ipma = Buffer.concat([Buffer.of(0, 0, 0, 1), u32(items.length), ...associations]);
  return box('iprp', box('ipco', ...properties), box('ipma', ipma));
}

function u16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 255);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
