import type { Item, Items } from '../avif/items.ts';

/** Of the picture itself, or of the first that it is made from. */
export function codedPartOf(picture: Item, { items, references }: Items): Item {
  const [id] = references.find(({ type, from }) => type === 'dimg' && from === picture.id)?.to ?? [];
  return (id === undefined ? undefined : items.get(id)) ?? picture;
}
