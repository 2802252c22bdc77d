import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { SourceUnreachableError } from '../../domain/errors/index.ts';
import { raceSignal } from '../../domain/work/race.ts';
import { translateError } from './file-errors.ts';

const CHUNK_BYTES = 128 * 1024;

/** A file that is open. Disposing of it closes it, after the read that is under way. */
export class ImageOnDisk implements Disposable {
  readonly #file: FileHandle;
  readonly #facts: BigIntStats;

  constructor(file: FileHandle, facts: BigIntStats) {
    this.#file = file;
    this.#facts = facts;
  }

  /** A file that was changed has another time or another size. */
  get headers(): {
    readonly etag: string;
    readonly 'last-modified': string;
    readonly 'content-length': string;
  } {
    const { mtime, size } = this.#facts;
    return {
      etag: versionOf(this.#facts),
      'last-modified': mtime.toUTCString(),
      'content-length': String(size),
    };
  }

  /** Each chunk is in the same memory as the one before. */
  async *content(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const sizeBytes = Number(this.#facts.size);
    const memory = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, sizeBytes));
    try {
      for (let at = 0; at < sizeBytes;) {
        const { bytesRead } = await raceSignal(this.#file.read(memory, { position: at }), signal);
        if (bytesRead === 0) throw changed();
        at += bytesRead;
        yield memory.subarray(0, bytesRead);
      }
      const now = await raceSignal(this.#file.stat({ bigint: true }), signal);
      if (versionOf(now) !== versionOf(this.#facts)) throw changed();
    } catch (error) {
      signal.throwIfAborted();
      throw translateError(error);
    }
  }

  [Symbol.dispose](): void {
    // One that is closed already is as it should be.
    this.#file.close().catch(() => undefined);
  }
}

function versionOf({ mtimeNs, size }: BigIntStats): string {
  return `"${mtimeNs.toString(16)}-${size.toString(16)}"`;
}

function changed(): SourceUnreachableError {
  return new SourceUnreachableError("The image's file was changed while it was read.");
}
