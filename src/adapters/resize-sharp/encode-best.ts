import sharp, { type Sharp } from 'sharp';
import type { InputFormat } from '../../domain/image/formats.ts';
import type { Thumbnail } from '../../domain/image/thumbnail.ts';
import type { ThumbnailSpec } from '../../domain/request/thumbnail-spec.ts';
import { encodeAs } from './encoders.ts';
import { type Encoding, encodingsFor, formatOf } from './encodings.ts';
import { traitsOf } from './pixel-traits.ts';

type Encoded = Omit<Thumbnail, 'original'>;

/** Of a source, what the choice of an encoding depends on. */
interface SourceTraits {
  readonly format: InputFormat;
  readonly hasAlpha: boolean;
}

/** Encodes in the way that was asked for; where several are worth trying, in the one that comes out smallest. */
export function encodeBest(scaled: Sharp, source: SourceTraits, spec: ThumbnailSpec): Promise<Encoded> {
  const possible = { isTransparent: source.hasAlpha, isFlat: true };
  const [only, ...others] = encodingsFor(spec, source.format, possible);
  const isSettled = others.length === 0 && !(spec.format === 'jpeg-or-png' && source.hasAlpha);
  return only !== undefined && isSettled ? encode(scaled, only, spec) : encodeSmallest(scaled, source, spec);
}

/** Scales to plain pixels first: they are needed more than once, and only they tell what they are. */
async function encodeSmallest(scaled: Sharp, source: SourceTraits, spec: ThumbnailSpec): Promise<Encoded> {
  const { data, info } = await scaled.raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const candidates: Encoded[] = [];
  for (const encoding of encodingsFor(spec, source.format, traitsOf(data, info))) {
    candidates.push(await encode(sharp(data, { raw: { width, height, channels } }), encoding, spec));
  }
  return candidates.reduce((best, next) => (next.bytes.length < best.bytes.length ? next : best));
}

async function encode(pixels: Sharp, encoding: Encoding, { size }: ThumbnailSpec): Promise<Encoded> {
  const { data, info } = await encodeAs(pixels, encoding, size).toBuffer({ resolveWithObject: true });
  return { bytes: data, format: formatOf(encoding), width: info.width, height: info.height };
}
