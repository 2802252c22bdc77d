import { hash } from 'node:crypto';
import type { Source, UploadedImage } from '../request/source.ts';
import type { SourceUrl } from '../request/source-url.ts';

/** A source that can be told from all others: of an upload that takes its bytes. Disposing of it gives these back. */
export interface OpenSource extends Disposable {
  /** What it is called in keys: its address in the one spelling, or a digest of its bytes. Neither reads like the other. */
  readonly name: string;
  /** Where there is an address. Only what has one can change, be revalidated, or be purged. */
  readonly url: SourceUrl | undefined;
  /** The image, where it is here. */
  readonly bytes: Uint8Array | undefined;
  /** How long an upload took to arrive, in milliseconds. */
  readonly receivedMs: number | undefined;
}

const HOLDS_NOTHING = { [Symbol.dispose]: () => undefined };

/** Receives an upload, and nothing else. Throws what `UploadedSource.receive` does. */
export async function openSource(source: Source): Promise<OpenSource> {
  switch (source.kind) {
    case 'remote':
      return openRemote(source.url);
    case 'sample':
      return { ...ofBytes(source.bytes), receivedMs: undefined, ...HOLDS_NOTHING };
    case 'upload':
      return openUpload(await source.receive());
  }
}

export function openRemote(url: SourceUrl): OpenSource {
  return { name: url.canonical, url, bytes: undefined, receivedMs: undefined, ...HOLDS_NOTHING };
}

function openUpload(image: UploadedImage): OpenSource {
  const { bytes, receivedMs } = image;
  return { ...ofBytes(bytes), receivedMs, [Symbol.dispose]: () => image[Symbol.dispose]() };
}

function ofBytes(bytes: Uint8Array) {
  return { name: `sha256:${hash('sha256', bytes, 'base64url')}`, url: undefined, bytes };
}
