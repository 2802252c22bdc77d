import type { SourceAnswer } from '../../../ports/image-fetcher.ts';
import type { Coding } from './packing.ts';
import { WINDOW_BYTES, unpack } from './unpack.ts';

/** A body that is the image itself, whatever it was packed with on the way. */
export interface UnpackedBody {
  readonly body: AsyncIterable<Uint8Array>;
  /** Memory that unpacking takes besides the body's; 0 where nothing is unpacked. */
  readonly windowBytes: number;
}

const CODINGS: ReadonlyMap<string, Coding> = new Map([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['x-deflate', 'deflate'],
  ['br', 'br'],
  ['zstd', 'zstd'],
]);

/** Nobody packs anything more often. */
const MAX_CODINGS = 3;

/**
 * Undoes what `Content-Encoding` says, which servers use although nobody asked for it: an object store hands out what it
 * was given. Words that it does not know say nothing.
 */
export function unpacked({ body, headers }: SourceAnswer): UnpackedBody {
  const words = (headers['content-encoding'] ?? '').toLowerCase().split(',');
  const codings = words.flatMap((word) => CODINGS.get(word.trim()) ?? []).slice(0, MAX_CODINGS);
  return {
    // What was done last is undone first.
    body: codings.reduceRight<AsyncIterable<Uint8Array>>(unpack, body),
    windowBytes: codings.reduce((sum, coding) => sum + WINDOW_BYTES[coding], 0),
  };
}
