import type { DomainErrorCode } from '../../domain/errors/index.ts';
import type { ImageFile } from '../../domain/image/image-file.ts';
import {
  type DecodedImage,
  type IntermediateImage,
  isIntermediate,
} from '../../domain/image/intermediate-image.ts';
import type { Thumbnail } from '../../domain/image/thumbnail.ts';
import type { ThumbnailSpec } from '../../domain/request/thumbnail-spec.ts';
import type { Frame, OutgoingFrame } from './frames.ts';

/** What a decoder is asked for; the image's bytes, or its pixels, are the frame's body. */
export interface DecodeJob {
  readonly work: 'resize' | 'decode';
  readonly image: Omit<ImageFile, 'bytes'> | Omit<IntermediateImage, 'pixels'>;
  readonly spec: ThumbnailSpec;
}

/** A job and its answer have a number, so that none is ever taken for another's. */
export type Identified<T> = T & { readonly id: number };

/** What it answers: a thumbnail, an intermediate image, or why there is none. */
export type DecodeReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'thumbnail'; readonly thumbnail: Omit<Thumbnail, 'bytes'> }
  | DecodeResult
  | DecodeFailure;

/** The frame's body holds the thumbnail, where there is one, and then the pixels of the intermediate image. */
export interface DecodeResult {
  readonly kind: 'decoded';
  readonly image: Omit<IntermediateImage, 'pixels'>;
  readonly thumbnail: Omit<Thumbnail, 'bytes'> | undefined;
  readonly thumbnailBytes: number;
}

export interface DecodeFailure {
  readonly kind: 'failure';
  /** Undefined for an error that is not foreseen. */
  readonly code: DomainErrorCode | undefined;
  readonly sentence: string;
  /** For the log. */
  readonly cause: string;
}

export function jobFrame(
  work: DecodeJob['work'],
  image: ImageFile | IntermediateImage,
  spec: ThumbnailSpec,
): OutgoingFrame<DecodeJob> {
  if (isIntermediate(image)) {
    const { pixels, ...facts } = image;
    return { head: { work, image: facts, spec }, body: [pixels] };
  }
  const { bytes, ...facts } = image;
  return { head: { work, image: facts, spec }, body: [bytes] };
}

export function imageOf({ head: { image }, body }: Frame<DecodeJob>): ImageFile | IntermediateImage {
  return 'plan' in image
    ? { ...image, pixels: body }
    : // JSON leaves out what is undefined.
      { ...image, header: image.header, wholeBytes: image.wholeBytes, bytes: body };
}

export function thumbnailFrame({ bytes, ...thumbnail }: Thumbnail): OutgoingFrame<DecodeReply> {
  return { head: { kind: 'thumbnail', thumbnail }, body: [bytes] };
}

export function decodedFrame({ image, thumbnail }: DecodedImage): OutgoingFrame<DecodeReply> {
  const { pixels, ...imageFacts } = image;
  const head = { kind: 'decoded', image: imageFacts } as const;
  if (thumbnail === undefined) {
    return { head: { ...head, thumbnail: undefined, thumbnailBytes: 0 }, body: [pixels] };
  }
  const { bytes, ...facts } = thumbnail;
  return { head: { ...head, thumbnail: facts, thumbnailBytes: bytes.byteLength }, body: [bytes, pixels] };
}

export function readyFrame(): OutgoingFrame<DecodeReply> {
  return { head: { kind: 'ready' }, body: [] };
}

export function failureFrame(failure: Omit<DecodeFailure, 'kind'>): OutgoingFrame<DecodeReply> {
  return { head: { kind: 'failure', ...failure }, body: [] };
}
