import type { Sides } from '../../target-box.ts';
import { child } from './boxes.ts';
import { propertyOf, saidSides } from './item-facts.ts';
import { readItems } from './items.ts';

/**
 * The sides of the primary image as it is shown: turned as its `irot` says (ISO/IEC 23008-12, 6.5.10). EXIF does not count
 * (MIAF, 7.3.6.7). Undefined where it is cropped, or says nothing: then a decoder has to tell.
 */
export function displayedSides(bytes: Buffer): Sides | undefined {
  try {
    const { items, primaryId } = readItems(child(bytes, 'meta', 4));
    const primary = items.get(primaryId);
    const sides = primary && saidSides(primary);
    if (primary === undefined || sides === undefined || propertyOf(primary, 'clap') !== undefined)
      return undefined;
    const turn = propertyOf(primary, 'irot');
    const isOnItsSide = turn !== undefined && (turn.readUInt8(0) & 1) === 1;
    return isOnItsSide ? { width: sides.height, height: sides.width } : sides;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
