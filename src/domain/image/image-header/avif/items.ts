import { type Span, stepLimit } from '../raster-header.ts';
import { type Box, Fields, bodyOf, boxes } from './boxes.ts';

/** Something stored in the file: an image, a tile of one, how several make one, or data about them. */
export interface Item {
  readonly id: number;
  readonly type: string;
  /** Where its type stands, from the beginning of the `meta` box's body. */
  readonly typeAt: number;
  readonly properties: readonly Box[];
  /** Where its data lies, piece by piece: in the file, or in the `idat` box. Items of the same data have one list. */
  readonly extents: readonly Span[];
  readonly isInIdat: boolean;
}

/** Items that are coded pictures: AV1 and HEVC. The others are made from those, or say something of them. */
export const CODED_TYPES: ReadonlySet<string> = new Set(['av01', 'hvc1']);

/** That an item is made from others, or belongs to them. */
export interface Reference {
  readonly type: string;
  readonly typeAt: number;
  readonly from: number;
  readonly to: readonly number[];
}

export interface Items {
  readonly primaryId: number;
  readonly items: ReadonlyMap<number, Item>;
  readonly references: readonly Reference[];
  readonly idat: Buffer;
}

/** A grid has up to 65,536 tiles, each named by four bytes. */
const MAX_REFERENCES_BYTES = 512 * 1024;

/** Reads the items of a `meta` box's body (ISO/IEC 14496-12, 8.11). Takes time in proportion to its length. */
export function readItems(meta: Buffer): Items {
  const parts = boxes(meta);
  const [types, places] = [readTypes(bodyOf(parts, 'iinf'), meta), readPlaces(bodyOf(parts, 'iloc'))];
  const properties = readProperties(bodyOf(parts, 'iprp'));
  const items = [...types].map(([id, type]) => {
    const { extents, isInIdat } = places.get(id) ?? { extents: [], isInIdat: false };
    return [id, { id, ...type, properties: properties.get(id) ?? [], extents, isInIdat }] as const;
  });
  const pitm = bodyOf(parts, 'pitm');
  const iref = parts.find(({ type }) => type === 'iref')?.body;
  return {
    primaryId: pitm.readUInt8(0) === 0 ? pitm.readUInt16BE(4) : pitm.readUInt32BE(4),
    items: new Map(items),
    references: iref === undefined ? [] : readReferences(iref, meta),
    idat: parts.find(({ type }) => type === 'idat')?.body ?? Buffer.alloc(0),
  };
}

function readTypes(iinf: Buffer, meta: Buffer): Map<number, { type: string; typeAt: number }> {
  const entries = boxes(iinf.subarray(iinf.readUInt8(0) === 0 ? 6 : 8)).filter(({ type }) => type === 'infe');
  return new Map(
    entries.map(({ body }) => {
      const idBytes = body.readUInt8(0) > 2 ? 4 : 2;
      const typeAt = 4 + idBytes + 2;
      const type = body.readUInt8(0) < 2 ? '' : body.toString('latin1', typeAt, typeAt + 4);
      return [body.readUIntBE(4, idBytes), { type, typeAt: offsetIn(meta, body) + typeAt }];
    }),
  );
}

type Place = Pick<Item, 'extents' | 'isInIdat'>;

function readPlaces(iloc: Buffer): Map<number, Place> {
  const places = new Map<number, Place>();
  const known = new Map<string, Place>();
  const version = iloc.readUInt8(0);
  const sizes = iloc.readUInt16BE(4);
  const [offsetBytes, lengthBytes, baseBytes] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
  const indexBytes = version === 0 ? 0 : sizes & 15;
  const idBytes = version < 2 ? 2 : 4;
  const fields = new Fields(iloc.subarray(6));
  const [countItem, countStep] = [stepLimit(), stepLimit()];
  for (let left = fields.number(idBytes); left > 0; left -= 1) {
    countItem();
    const id = fields.number(idBytes);
    const method = version === 0 ? 0 : fields.number(2) & 15;
    if (method > 1) throw new RangeError('an item that is built from another');
    fields.number(2);
    const base = fields.number(baseBytes);
    const extents: Span[] = [];
    for (let extent = fields.number(2); extent > 0; extent -= 1) {
      countStep();
      fields.number(indexBytes);
      const start = base + fields.number(offsetBytes);
      // A length of none or 0 reaches to the end.
      const length = fields.number(lengthBytes);
      extents.push({ start, end: length === 0 ? Infinity : start + length });
    }
    if (places.has(id)) throw new RangeError('an item in two places');
    const name = [method, ...extents.map(({ start, end }) => `${start}-${end}`)].join();
    const place = known.get(name) ?? { extents, isInIdat: method === 1 };
    known.set(name, place);
    places.set(id, place);
  }
  return places;
}

/** By item; a property may belong to many. */
function readProperties(iprp: Buffer): Map<number, Box[]> {
  const parts = boxes(iprp);
  const all = boxes(bodyOf(parts, 'ipco'));
  const owned = new Map<number, Box[]>();
  const [countItem, countStep] = [stepLimit(), stepLimit()];
  for (const { body } of parts.filter(({ type }) => type === 'ipma')) {
    const [idBytes, indexBytes] = [body.readUInt8(0) < 1 ? 2 : 4, (body.readUInt8(3) & 1) + 1];
    const fields = new Fields(body.subarray(4));
    for (let left = fields.number(4); left > 0; left -= 1) {
      countItem();
      const id = fields.number(idBytes);
      const own = owned.get(id) ?? [];
      for (let count = fields.number(1); count > 0; count -= 1) {
        countStep();
        const property = all[(fields.number(indexBytes) & (indexBytes === 1 ? 0x7f : 0x7fff)) - 1];
        if (property !== undefined) own.push(property);
      }
      owned.set(id, own);
    }
  }
  return owned;
}

function readReferences(iref: Buffer, meta: Buffer): Reference[] {
  const idBytes = iref.readUInt8(0) === 0 ? 2 : 4;
  if (iref.length > MAX_REFERENCES_BYTES) throw new RangeError('more references than any image has');
  return boxes(iref.subarray(4)).map(({ type, body }) => {
    const fields = new Fields(body);
    const from = fields.number(idBytes);
    const to = Array.from({ length: fields.number(2) }, () => fields.number(idBytes));
    return { type, typeAt: offsetIn(meta, body) - 4, from, to };
  });
}

function offsetIn(whole: Buffer, part: Buffer): number {
  return part.byteOffset - whole.byteOffset;
}
