import { constants, inflateSync } from 'node:zlib';

/** A profile's name has up to 79 characters. */
const MAX_NAME_BYTES = 80;

/** Enough for the tables of the first block, and for the first bytes behind them; they unpack to 400 kB at most. */
const FIRST_BYTES = 384;

/** There is one in a file that is in order. */
const MAX_PROFILES = 4;

/**
 * Unpacked bytes of all colour profiles in these iCCP chunks; Infinity where they cannot be told. A thousandth of them is
 * enough to pack them in.
 */
export function profileBytesOf(chunks: readonly Buffer[]): number {
  if (chunks.length > MAX_PROFILES) return Infinity;
  return chunks.reduce((sum, chunk) => sum + (profileBytes(chunk) ?? Infinity), 0);
}

/** By the profile's own first field, which is what decoders make room for. */
function profileBytes(chunk: Buffer): number | undefined {
  const nameEnd = chunk.subarray(0, MAX_NAME_BYTES).indexOf(0);
  if (nameEnd === -1) return undefined;
  // A byte behind the name is the method of packing, of which there is one.
  const packed = chunk.subarray(nameEnd + 2, nameEnd + 2 + FIRST_BYTES);
  try {
    return inflateSync(packed, { finishFlush: constants.Z_SYNC_FLUSH }).readUInt32BE(0);
  } catch {
    return undefined;
  }
}
