import type { AnimatedFormat, OutputChoice } from '../../domain/image/formats.ts';

/** Neither is always the smaller one: that depends on the image. */
const MODERN = ['avif', 'webp'] as const;

/**
 * What `format=auto` means for a client with this `Accept`. AVIF and WebP are sent only to a client that names them:
 * many send a wildcard and know neither. What it names with the highest weight counts; where it takes neither, it gets
 * JPEG or PNG, or the one of them that it does take. A transparent image is no JPEG for a client that takes anything else.
 */
export function negotiate(accept: string): OutputChoice {
  const weights = parseAccept(accept);
  const legacy = (format: 'jpeg' | 'png') =>
    weights.get(`image/${format}`) ?? weights.get('image/*') ?? weights.get('*/*') ?? 0;
  const jpeg = legacy('jpeg');
  const png = legacy('png');
  const legacyWeight = Math.max(jpeg, png);
  const named = MODERN.map((format) => ({ format, weight: weights.get(`image/${format}`) ?? 0 }));
  const best = Math.max(...named.map(({ weight }) => weight));
  if (best > 0 && best >= legacyWeight) {
    const [first, second] = named.filter(({ weight }) => weight === best);
    return second === undefined ? (first?.format ?? 'jpeg-or-png') : 'avif-or-webp';
  }
  if (jpeg === 0 && png > 0) return 'png';
  if (png === 0 && jpeg > 0) {
    const transparent = named.findLast(({ weight }) => weight > 0 && weight === best)?.format;
    return transparent === undefined ? 'jpeg' : `jpeg-or-${transparent}`;
  }
  return 'jpeg-or-png';
}

/** The same for an animation: every browser takes a GIF. */
export function negotiateAnimation(accept: string): AnimatedFormat {
  return (parseAccept(accept).get('image/webp') ?? 0) > 0 ? 'webp' : 'gif';
}

/** In letters: browsers send 150, and a pattern that looks for quotation marks may take the square of this. */
const LONGEST_ACCEPT = 2048;

/** Media range to weight (RFC 9110, 12.5.1); a weight that cannot be read counts as none. */
function parseAccept(accept: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  // What stands in quotation marks is no part of the list.
  for (const item of accept
    .slice(0, LONGEST_ACCEPT)
    .toLowerCase()
    .replace(/"(?:\\.|[^"\\])*"/g, '""')
    .split(',')) {
    const [range = '', ...parameters] = item.split(';').map((part) => part.trim());
    const weight = parameters.find((parameter) => /^q\s*=/.test(parameter))?.replace(/^q\s*=\s*/, '');
    weights.set(
      range,
      weight === undefined ? 1 : /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(weight) ? Number(weight) : 0,
    );
  }
  return weights;
}
