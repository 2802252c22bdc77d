import type { SourceUrl } from './source-url.ts';

/** Where an image comes from. Only `SourceReader` knows the difference. */
export type Source = RemoteSource | UploadedSource | SampleSource;

/** An image at an address, to be fetched. */
export interface RemoteSource {
  readonly kind: 'remote';
  readonly url: SourceUrl;
}

/** An image that its sender brings along. It has no address: what it is called is a digest of its bytes. */
export interface UploadedSource {
  readonly kind: 'upload';
  /** Reads the image, once there is room for it. Called once at most, for a request that may be served. */
  readonly receive: () => Promise<UploadedImage>;
}

/** An image that the service itself brings along. */
export interface SampleSource {
  readonly kind: 'sample';
  readonly bytes: Uint8Array;
}

/** Disposing of it gives back its memory and its place; nothing may read the bytes afterwards. */
export interface UploadedImage extends Disposable {
  readonly bytes: Uint8Array;
  /** How long it took to arrive, in milliseconds. */
  readonly receivedMs: number;
}
