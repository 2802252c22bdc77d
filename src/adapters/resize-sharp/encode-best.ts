import sharp, { type Sharp } from 'sharp';
import type { InputFormat } from '../../domain/image/formats.ts';
import type { Sides } from '../../domain/image/target-box.ts';
import type { Thumbnail } from '../../domain/image/thumbnail.ts';
import type { ThumbnailSpec } from '../../domain/request/thumbnail-spec.ts';
import { encodeAs } from './encoders.ts';
import { type Encoding, encodingsFor, formatOf, weightOf } from './encodings.ts';
import { traitsOf } from './pixel-traits.ts';

type Encoded = Omit<Thumbnail, 'original'>;

/** What the choice of an encoding depends on, of the source and the thumbnail. */
interface Traits {
  readonly format: InputFormat;
  readonly hasAlpha: boolean;
  /** Of the thumbnail. */
  readonly sides: Sides;
}

/** Encodes in the way that was asked for; where several are worth trying, in the one that comes out smallest. */
export function encodeBest(scaled: Sharp, traits: Traits, spec: ThumbnailSpec): Promise<Encoded> {
  const possible = { isTransparent: traits.hasAlpha, isFlat: true };
  const [only, ...others] = encodingsFor(spec.format, traits, possible);
  const isSettled = others.length === 0 && !(spec.format.startsWith('jpeg-or-') && traits.hasAlpha);
  return only !== undefined && isSettled
    ? encode(scaled, only, traits, spec)
    : encodeSmallest(scaled, traits, spec);
}

interface Candidate {
  readonly encoded: Encoded;
  readonly weight: number;
}

/** Scales to plain pixels first: they are needed more than once, and only they tell what they are. */
async function encodeSmallest(scaled: Sharp, traits: Traits, spec: ThumbnailSpec): Promise<Encoded> {
  const { data, info } = await scaled.raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const candidates: Candidate[] = [];
  for (const encoding of encodingsFor(spec.format, traits, traitsOf(data, info))) {
    const encoded = await encode(sharp(data, { raw: { width, height, channels } }), encoding, traits, spec);
    candidates.push({ encoded, weight: encoded.bytes.length * weightOf(encoding) });
  }
  return candidates.reduce((best, next) => (next.weight < best.weight ? next : best)).encoded;
}

async function encode(
  pixels: Sharp,
  encoding: Encoding,
  { sides }: Traits,
  { quality, background }: ThumbnailSpec,
): Promise<Encoded> {
  const longestPx = Math.max(sides.width, sides.height);
  const encoder = encodeAs(pixels, encoding, { longestPx, quality, background });
  const { data, info } = await encoder.toBuffer({ resolveWithObject: true });
  return { bytes: data, format: formatOf(encoding), width: info.width, height: info.height };
}
