import type { Sharp } from 'sharp';
import { encodeAs } from '../../src/adapters/resize-sharp/encoders.ts';
import type { Encoding } from '../../src/adapters/resize-sharp/encodings.ts';

/** A way to encode a thumbnail. */
export interface Candidate {
  readonly name: string;
  /** Whether it is one of the service's own. */
  readonly isOurs: boolean;
  /** @param size largest dimension in pixels */
  readonly encode: (pixels: Sharp, size: number) => Sharp;
}

export const CANDIDATES: readonly Candidate[] = [
  ours('avif'),
  ...[50, 60, 70].flatMap((quality) =>
    [0, 1, 2, 4].map((effort) =>
      other(`avif q${quality} effort ${effort}`, (p) => p.avif({ quality, effort })),
    ),
  ),
  other('avif q60 effort 0 4:2:0', (p) => p.avif({ quality: 60, effort: 0, chromaSubsampling: '4:2:0' })),
  other('avif q60 effort 0 ssim', (p) => p.avif({ quality: 60, effort: 0, tune: 'ssim' })),
  ours('webp'),
  ...[75, 80, 85].flatMap((quality) =>
    [0, 2, 3, 4, 6].map((effort) =>
      other(`webp q${quality} effort ${effort}`, (p) => p.webp({ quality, effort })),
    ),
  ),
  other('webp q80 smartSubsample', (p) => p.webp({ quality: 80, effort: 2, smartSubsample: true })),
  ours('webp-lossless'),
  other('webp near-lossless q60', (p) => p.webp({ nearLossless: true, quality: 60, effort: 2 })),
  ours('jpeg'),
  ...[75, 80, 85].flatMap((quality) => [
    other(`jpeg q${quality} 4:2:0`, (p) => p.jpeg({ quality })),
    other(`jpeg q${quality} 4:4:4`, (p) => p.jpeg({ quality, chromaSubsampling: '4:4:4' })),
    other(`jpeg q${quality} mozjpeg`, (p) => p.jpeg({ quality, mozjpeg: true })),
  ]),
  other('jpeg q75 4:4:4 progressive', (p) =>
    p.jpeg({ quality: 75, chromaSubsampling: '4:4:4', progressive: true }),
  ),
  other('jpeg q75 4:4:4 trellis', (p) =>
    p.jpeg({ quality: 75, chromaSubsampling: '4:4:4', trellisQuantisation: true }),
  ),
  ours('png'),
  other('png defaults', (p) => p.png()),
  other('png level 1', (p) => p.png({ compressionLevel: 1 })),
  other('png level 9, adaptive', (p) => p.png({ compressionLevel: 9, adaptiveFiltering: true })),
  other('png palette', (p) => p.png({ palette: true })),
];

function ours(encoding: Encoding): Candidate {
  const encode = (pixels: Sharp, size: number) => encodeAs(pixels, encoding, { longestPx: size });
  return { name: encoding, isOurs: true, encode };
}

function other(name: string, encode: (pixels: Sharp) => Sharp): Candidate {
  return { name, isOurs: false, encode };
}
