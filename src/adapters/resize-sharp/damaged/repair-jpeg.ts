import { asBuffer } from '../../../domain/image/bytes.ts';
import {
  END_OF_IMAGE,
  START_OF_SCAN,
  isSizedMarker,
  nextMarker,
  segmentEnd,
} from '../../../domain/image/image-header/jpeg-markers.ts';

const MARKER_BYTES = 2;

/**
 * A JPEG up to where it breaks off within a segment: libjpeg takes the end that it makes up for the rest of that one.
 * Undefined where no data of a scan has come.
 */
export function repairedJpeg(jpeg: Uint8Array): Uint8Array | undefined {
  const bytes = asBuffer(jpeg);
  let at = MARKER_BYTES;
  let hasData = false;
  for (;;) {
    at = nextMarker(bytes, at);
    const marker = bytes[at - 1] ?? END_OF_IMAGE;
    if (at > bytes.length || marker === END_OF_IMAGE) return hasData ? jpeg : undefined;
    if (!isSizedMarker(marker)) continue;
    const end = at + 2 > bytes.length ? Infinity : segmentEnd(bytes, at);
    if (end > bytes.length) return hasData ? jpeg.subarray(0, at - MARKER_BYTES) : undefined;
    hasData ||= marker === START_OF_SCAN && end < bytes.length;
    at = end;
  }
}
