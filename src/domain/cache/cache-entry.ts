import { createHash } from 'node:crypto';
import type { DomainErrorCode } from '../errors/index.ts';
import type { KnownInfo } from '../image/image-info.ts';
import { type SourceValidators, lengthOf } from '../source/freshness.ts';
import type { Thumbnail } from '../image/thumbnail.ts';

/** What a cache keeps under a key. */
export type CacheEntry = MadeEntry | FailureEntry | GenerationEntry | NoteEntry;

/** What was made of a source. */
export type MadeEntry = ThumbnailEntry | InfoEntry;

interface Dated {
  /** Unix milliseconds at which it was made, or last revalidated. */
  readonly createdAtMs: number;
  /** Unix milliseconds until which it may be served without asking the source again. */
  readonly freshUntilMs: number;
}

/** What was made of a source, in the generation that it had then; see `Generations`. */
interface OfGeneration extends Dated {
  readonly generation: string;
}

/** Which generation of a source is the current one. */
export interface GenerationEntry extends Dated {
  readonly kind: 'generation';
  readonly generation: string;
}

/**
 * What one process tells the others: of a thumbnail that it is kept nowhere (nobody is to wait for it), or of a source that
 * it has changed.
 */
export interface NoteEntry extends OfGeneration {
  readonly kind: 'unkept' | 'changed';
}

/** Milliseconds for which it is known that a thumbnail is kept nowhere. */
export const UNKEPT_MS = 5000;

interface OfSource extends OfGeneration {
  /** By which the source can be asked whether it has changed. */
  readonly validators: SourceValidators;
  /** Unix milliseconds at which it ceased to be fresh, where its source has failed since. */
  readonly staleSinceMs?: number;
  /** See `SourceFreshness`. */
  readonly mustRevalidate?: true;
}

export interface ThumbnailEntry extends OfSource {
  readonly kind: 'thumbnail';
  readonly thumbnail: Thumbnail;
  /** Strong validator of the thumbnail's bytes, without quotation marks. */
  readonly etag: string;
}

export interface InfoEntry extends OfSource {
  readonly kind: 'info';
  readonly info: KnownInfo;
  /** Whether it is of a file that was decoded only as far as it can be. */
  readonly isDamaged: boolean;
}

/** An error that is likely to last for a while: asking again would cost the source, and us, the same once more. */
export interface FailureEntry extends OfGeneration {
  readonly kind: 'failure';
  readonly code: DomainErrorCode;
  readonly sentence: string;
  /** A digest of the limits, formats and version that the verdict depends on: it says nothing to a process with others. */
  readonly verdictOf: string;
  /** Unix milliseconds before which the source does not want to be asked again, where it said so. */
  readonly retryAtMs?: number;
}

export interface EntryFacts {
  readonly generation: string;
  readonly validators: SourceValidators;
  /** Unix milliseconds. */
  readonly nowMs: number;
  readonly freshUntilMs: number;
  /** See `SourceFreshness`. */
  readonly mustRevalidate?: true;
}

/** A thumbnail's entry, made now. */
export function thumbnailEntry(thumbnail: Thumbnail, facts: EntryFacts): ThumbnailEntry {
  return { kind: 'thumbnail', thumbnail, etag: etagOf(thumbnail.bytes), ...ofSource(facts) };
}

/** An info's entry, made now. */
export function infoEntry(made: Pick<InfoEntry, 'info' | 'isDamaged'>, facts: EntryFacts): InfoEntry {
  return { kind: 'info', ...made, ...ofSource(facts) };
}

/** The entry again, of a source that is as it was. */
export function renewed(entry: MadeEntry, facts: EntryFacts): MadeEntry {
  const source = ofSource(facts);
  if (entry.kind === 'info') return { kind: 'info', info: entry.info, isDamaged: entry.isDamaged, ...source };
  return { kind: 'thumbnail', thumbnail: entry.thumbnail, etag: entry.etag, ...source };
}

function ofSource({ nowMs, freshUntilMs, mustRevalidate, ...facts }: EntryFacts): OfSource {
  const { generation, validators } = facts;
  const dates = { createdAtMs: nowMs, freshUntilMs };
  return { generation, validators, ...dates, ...(mustRevalidate && { mustRevalidate }) };
}

/** A note that was true then, and is of use for so many milliseconds. */
export function noteEntry(
  kind: NoteEntry['kind'],
  {
    generation,
    createdAtMs,
    forMs,
  }: Pick<NoteEntry, 'generation' | 'createdAtMs'> & { readonly forMs: number },
): NoteEntry {
  return { kind, generation, createdAtMs, freshUntilMs: createdAtMs + forMs };
}

const NO_BYTES = new Uint8Array();

/** The image in an entry, and none where it has none. */
export function imageBytesOf(entry: CacheEntry): Uint8Array {
  return entry.kind === 'thumbnail' ? entry.thumbnail.bytes : NO_BYTES;
}

/** Bytes that the texts of an entry take whose length is the source's to choose, and the image that an info has as text. */
export function textBytesOf(entry: CacheEntry): number {
  if (entry.kind === 'thumbnail') return lengthOf(entry.validators);
  return entry.kind === 'info' ? lengthOf(entry.validators) + (entry.info.placeholder?.length ?? 0) : 0;
}

/** The same entry with the same image in another place. */
export function withImageBytes(entry: CacheEntry, bytes: Uint8Array): CacheEntry {
  return entry.kind === 'thumbnail' ? { ...entry, thumbnail: { ...entry.thumbnail, bytes } } : entry;
}

/** 132 bits of SHA-256: no two different answers share one. */
export function etagOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
}
