export const START_OF_SCAN = 0xda;
export const END_OF_IMAGE = 0xd9;

/** TEM, the restarts and the start of the image stand alone; a length follows any other marker. */
export function isSizedMarker(marker: number): boolean {
  return marker !== 0x01 && (marker < 0xd0 || marker > 0xd8);
}

/** Where the segment ends whose length stands at `at`. Decoders take a length below that of itself for that. */
export function segmentEnd(bytes: Buffer, at: number): number {
  return at + Math.max(2, bytes.readUInt16BE(at));
}

/** Behind so many bytes without a marker, the rest is looked through natively: in a scan's data, one byte in 256 is 0xff. */
const NEAR_BYTES = 64;

/**
 * Position after the next marker, of which the last byte is the code; beyond the end where none follows. Data, stray and
 * fill bytes ahead of it are skipped. Takes a millisecond for some megabytes of data, and 20 for as many bytes of 0xff.
 */
export function nextMarker(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length) {
    const nearEnd = Math.min(bytes.length, at + NEAR_BYTES);
    while (at < nearEnd && bytes[at] !== 0xff) at += 1;
    if (at === nearEnd) {
      const found = bytes.indexOf(0xff, at);
      if (found === -1) break;
      at = found;
    }
    const code = bytes[at + 1];
    if (code !== undefined && code !== 0xff && code !== 0) return at + 2;
    // A zero says that the byte ahead of it is data; a fill byte may itself begin a marker.
    if (code === 0) at += 2;
    else while (bytes[at + 1] === 0xff) at += 1;
    if (code === undefined) break;
  }
  return bytes.length + 1;
}
