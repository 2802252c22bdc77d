import type { EmbeddedThumbnail } from '../raster-header.ts';
import { dataOf } from '../avif/extents.ts';
import { propertyOf, saidSides } from '../avif/item-facts.ts';
import type { Item, Items } from '../avif/items.ts';
import { type CodedPicture, box, stillFile } from '../avif/still-file.ts';

/** How far its shape may be from that of the picture: sides are rounded. */
const SAME_SHAPE = 0.02;

const TURNS = ['irot', 'imir', 'clap'];
/** None is longer that means anything. A property may be as long as the file, and of all items. */
const TURN_BYTES = 32;

/** Those that show the same as the picture does: of its shape, turned alike, and coded in one piece. */
export function embeddedThumbnails(primary: Item, { items, references }: Items): EmbeddedThumbnail[] {
  const sides = saidSides(primary);
  if (sides === undefined || propertyOf(primary, 'clap') !== undefined) return [];
  return references
    .filter(({ type, to }) => type === 'thmb' && to.includes(primary.id))
    .flatMap(({ from }) => {
      const item = items.get(from);
      const own = item && saidSides(item);
      const isSame =
        item?.type === 'hvc1' &&
        own !== undefined &&
        Math.abs(Math.log((own.width / own.height) * (sides.height / sides.width))) < SAME_SHAPE &&
        TURNS.every((turn) => areEqual(propertyOf(item, turn), propertyOf(primary, turn)));
      return isSame ? [{ id: from, ...own }] : [];
    });
}

/** Such a thumbnail as a file of its own. @throws RangeError where it is not there */
export function fileOfThumbnail(file: Buffer, items: Items, id: number): Buffer {
  const item = items.items.get(id);
  const [sides, configuration] = item === undefined ? [] : [saidSides(item), propertyOf(item, 'hvcC')];
  if (item === undefined || sides === undefined || configuration === undefined)
    throw new RangeError('no thumbnail');
  const turns = item.properties
    .filter(({ type }) => TURNS.includes(type))
    .map(({ type, body }) => box(type, body));
  const picture: CodedPicture = {
    codec: 'hvc1',
    ...sides,
    configuration,
    turns,
    data: dataOf(item, file, items),
  };
  return stillFile({ ...picture, colours: propertyOf(item, 'colr') });
}

function areEqual(a: Buffer | undefined, b: Buffer | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.length <= TURN_BYTES && a.equals(b);
}
