import { createHash } from 'node:crypto';
import type { InputFormat, OutputFormat } from './formats.ts';

/** An encoded thumbnail, and what is worth knowing of the image that it was made from. */
export interface Thumbnail {
  readonly bytes: Uint8Array;
  readonly format: OutputFormat;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  readonly original: Original;
}

export interface Original {
  readonly format: InputFormat;
  /** Pixels, as a viewer shows it: after the EXIF orientation. */
  readonly width: number;
  /** Pixels, as a viewer shows it. */
  readonly height: number;
  /** Size of the file in bytes. */
  readonly bytes: number;
}

/** A thumbnail as a cache keeps it. */
export interface CacheEntry {
  readonly thumbnail: Thumbnail;
  /** Strong validator of the thumbnail's bytes, without quotation marks. */
  readonly etag: string;
  /** Unix milliseconds at which it was made. */
  readonly createdAtMs: number;
  /** Unix milliseconds until which it may be served without asking the source again. */
  readonly freshUntilMs: number;
}

/** A thumbnail's entry, made now and fresh for `ttlMs` milliseconds. */
export function toCacheEntry(thumbnail: Thumbnail, nowMs: number, ttlMs: number): CacheEntry {
  return { thumbnail, etag: etagOf(thumbnail.bytes), createdAtMs: nowMs, freshUntilMs: nowMs + ttlMs };
}

/** 132 bits of SHA-256: two different thumbnails never share one. */
function etagOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
}
