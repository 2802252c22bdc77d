import type { Sides } from '../../target-box.ts';
import { child } from './boxes.ts';
import { readItems } from './items.ts';

/**
 * The sides of the primary image as it is shown: turned as its `irot` says (ISO/IEC 23008-12, 6.5.10). EXIF does not count
 * (MIAF, 7.3.6.7). Undefined where it is cropped, or says nothing: then a decoder has to tell.
 */
export function displayedSides(bytes: Buffer): Sides | undefined {
  try {
    const { items, primaryId } = readItems(child(bytes, 'meta', 4));
    const properties = items.get(primaryId)?.properties ?? [];
    const body = (type: string) => properties.find((property) => property.type === type)?.body;
    const [sides, turn] = [body('ispe'), body('irot')];
    if (sides === undefined || body('clap') !== undefined) return undefined;
    const [width, height] = [sides.readUInt32BE(4), sides.readUInt32BE(8)];
    const isOnItsSide = turn !== undefined && (turn.readUInt8(0) & 1) === 1;
    return isOnItsSide ? { width: height, height: width } : { width, height };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
