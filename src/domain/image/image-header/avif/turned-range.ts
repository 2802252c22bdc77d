import { MATRIX_AT, saidColours, streamColours } from './colours.ts';
import { propertyOf } from './item-facts.ts';
import type { Items } from './items.ts';

const FULL_RANGE_AT = 10;
const FULL_RANGE = 0x80;
const TURNS = ['irot', 'imir'];

/** Numbers of the matrix of BT.601, which also counts where none is said. */
const BT_601: readonly number[] = [2, 5, 6];

/**
 * The `colr` box of a picture of limited range that is turned, where its stream says the same. To turn one of odd sides and
 * less than full chroma, libheif converts it to full range, and then takes it for limited again because of that box.
 */
export function repeatedRange(items: Items, file: Buffer): Buffer | undefined {
  const primary = items.items.get(items.primaryId);
  if (primary?.type !== 'av01' || TURNS.every((turn) => propertyOf(primary, turn) === undefined))
    return undefined;
  const { numbers } = saidColours(primary);
  if (numbers === undefined || (numbers.readUInt8(FULL_RANGE_AT) & FULL_RANGE) !== 0) return undefined;
  const stream = streamColours(primary, items, file);
  const isSame = stream?.isFullRange === false && areSame(stream.matrix, numbers.readUInt16BE(MATRIX_AT));
  return isSame ? numbers : undefined;
}

function areSame(one: number, other: number): boolean {
  return one === other || (BT_601.includes(one) && BT_601.includes(other));
}
