/** How pictures are coded: the type of such items, of the box that configures their decoder, and the brand of a file. */
export const CODECS = {
  av01: { configuration: 'av1C', brand: 'avif' },
  hvc1: { configuration: 'hvcC', brand: 'heic' },
} as const;

/** A coded picture, with what has to be said of it ahead of its data. */
export interface CodedPicture {
  readonly codec: keyof typeof CODECS;
  readonly width: number;
  readonly height: number;
  /** The body of the box that configures its decoder. */
  readonly configuration: Buffer;
  /** Of its colours: the body of a `colr` box, where there is one. */
  readonly colours?: Buffer | undefined;
  /** How it is turned and mirrored, as whole boxes. */
  readonly turns?: readonly Buffer[] | undefined;
  readonly data: Buffer;
}

const ALPHA = 'urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0';
const IS_ESSENTIAL = 0x80;

/** A file of one picture, and of its transparency where that is coded apart (ISO/IEC 23000-22). */
export function stillFile(picture: CodedPicture, alpha?: CodedPicture): Buffer {
  const items = alpha === undefined ? [picture] : [picture, alpha];
  const brand = box('ftyp', CODECS[picture.codec].brand, u32(0), `${CODECS[picture.codec].brand}mif1miaf`);
  // The places of the data follow from the length of what says them.
  const blank = metaOf(items, 0).length;
  const meta = metaOf(items, brand.length + blank + BOX_HEAD_BYTES);
  return Buffer.concat([brand, meta, box('mdat', ...items.map(({ data }) => data))]);
}

const BOX_HEAD_BYTES = 8;

function metaOf(items: readonly CodedPicture[], dataAt: number): Buffer {
  const references = items.length > 1 ? [fullBox('iref', 0, box('auxl', u16(2), u16(1), u16(1)))] : [];
  return fullBox(
    'meta',
    0,
    fullBox('hdlr', 0, u32(0), 'pict', Buffer.alloc(13)),
    fullBox('pitm', 0, u16(1)),
    locations(items, dataAt),
    fullBox('iinf', 0, u16(items.length), ...items.map(({ codec }, index) => entry(index + 1, codec))),
    ...references,
    properties(items),
  );
}

function entry(id: number, codec: string): Buffer {
  return box('infe', u32(2 << 24), u16(id), u16(0), `${codec}\0`);
}

function locations(items: readonly CodedPicture[], dataAt: number): Buffer {
  let at = dataAt;
  const places = items.map(({ data }, index) => {
    const place = Buffer.concat([u16(index + 1), u16(0), u16(1), u32(at), u32(data.length)]);
    at += data.length;
    return place;
  });
  return fullBox('iloc', 0, Buffer.of(0x44, 0), u16(items.length), ...places);
}

function properties(items: readonly CodedPicture[]): Buffer {
  const own: Buffer[] = [];
  const associations = items.map((item, index) => {
    const all = propertiesOf(item, index > 0);
    const numbers = all.map(
      ([property, isEssential]) => own.push(property) | (isEssential ? IS_ESSENTIAL : 0),
    );
    return Buffer.concat([u16(index + 1), Buffer.of(numbers.length, ...numbers)]);
  });
  return box('iprp', box('ipco', ...own), fullBox('ipma', 0, u32(items.length), ...associations));
}

function propertiesOf(item: CodedPicture, isAlpha: boolean): [property: Buffer, isEssential: boolean][] {
  const all: [Buffer, boolean][] = [
    [fullBox('ispe', 0, u32(item.width), u32(item.height)), false],
    [box(CODECS[item.codec].configuration, item.configuration), true],
  ];
  if (item.colours !== undefined) all.push([box('colr', item.colours), false]);
  for (const turn of item.turns ?? []) all.push([turn, true]);
  if (isAlpha) all.push([fullBox('auxC', 0, ALPHA), true]);
  return all;
}

/** A box of these parts. */
export function box(type: string, ...parts: (Buffer | string)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)),
  );
  return Buffer.concat([u32(body.length + BOX_HEAD_BYTES), Buffer.from(type, 'latin1'), body]);
}

function fullBox(type: string, flags: number, ...parts: (Buffer | string)[]): Buffer {
  return box(type, u32(flags), ...parts);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
