import type { Sides } from '../../target-box.ts';
import type { Item, Items } from './items.ts';

/** What the first of its properties of that type says. */
export function propertyOf({ properties }: Item, type: string): Buffer | undefined {
  return properties.find((property) => property.type === type)?.body;
}

/** Its sides, as they are said of it. */
export function saidSides(item: Item): Sides | undefined {
  const ispe = propertyOf(item, 'ispe');
  return ispe && { width: ispe.readUInt32BE(4), height: ispe.readUInt32BE(8) };
}

/** The longest name of what an item is to another takes 50. A property may be as long as the file, and of all items. */
const AUXILIARY_NAME_BYTES = 128;

/** Whether it is the transparency of another item. */
export function isAlpha({ properties }: Item): boolean {
  return properties.some(
    ({ type, body }) =>
      type === 'auxC' && /alpha|auxid:1/.test(body.toString('latin1', 0, AUXILIARY_NAME_BYTES)),
  );
}

/** The first item that it is made from, where it is made from others. */
export function firstPartOf({ id }: Item, { items, references }: Items): Item | undefined {
  const [part] = references.find(({ type, from }) => type === 'dimg' && from === id)?.to ?? [];
  return part === undefined ? undefined : items.get(part);
}
