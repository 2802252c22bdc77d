import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { animation, photograph } from '../kit/images.ts';
import { AC_SCAN, DC_SCAN, hostileJpeg } from '../kit/hostile-images/jpeg.ts';
import { blankPng, pngHeader, profileChunk, withChunks } from '../kit/hostile-images/png.ts';
import { hostileWebp, losslessPicture, vp8x, webpChunk } from '../kit/hostile-images/webp.ts';
import type { Reply } from '../kit/origin.ts';

export interface SoakSource {
  /** `hostile` ones must never become a thumbnail. */
  readonly kind: 'good' | 'odd' | 'hostile';
  readonly reply: Reply;
}

/** What the origin serves, by name: what people have, what is rare but right, and what is there to do harm. */
export async function makeCorpus(): Promise<ReadonlyMap<string, SoakSource>> {
  const small = photograph({ width: 1280, height: 960 });
  const middle = photograph({ width: 3000, height: 2000 });
  const large = photograph({ width: 6000, height: 4000 });
  const png12 = photograph({ width: 4000, height: 3000 });
  const jpeg = await small.clone().jpeg().toBuffer();
  const png = await small.clone().png().toBuffer();
  const avif = await small.clone().avif({ effort: 0 }).toBuffer();
  const sources: [string, SoakSource['kind'], Reply | Buffer][] = [
    ['jpeg-1', 'good', jpeg],
    ['jpeg-6', 'good', await middle.clone().jpeg().toBuffer()],
    ['jpeg-24', 'good', await large.clone().jpeg({ quality: 75 }).toBuffer()],
    ['jpeg-24-progressive', 'good', await large.clone().jpeg({ quality: 75, progressive: true }).toBuffer()],
    ['png-1', 'good', png],
    ['png-12', 'good', await png12.clone().blur(4).png({ compressionLevel: 3 }).toBuffer()],
    ['webp-6', 'good', await middle.clone().webp({ effort: 0 }).toBuffer()],
    ['avif-1', 'good', avif],
    ['gif', 'good', await animation('gif', 640, 480)],
    [
      'png-interlaced',
      'odd',
      await middle.clone().png({ progressive: true, compressionLevel: 3 }).toBuffer(),
    ],
    ['png-16', 'odd', await small.clone().toColourspace('rgb16').png({ compressionLevel: 3 }).toBuffer()],
    ['jpeg-cmyk', 'odd', await small.clone().toColourspace('cmyk').jpeg().toBuffer()],
    ['jpeg-turned', 'odd', await small.clone().jpeg().withMetadata({ orientation: 6 }).toBuffer()],
    ['png-thin', 'odd', await photograph({ width: 8000, height: 1 }).png().toBuffer()],
    ['avif-6', 'odd', await middle.clone().avif({ effort: 0 }).toBuffer()],
    ['svg', 'odd', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
    // Shown as far as they go.
    ['jpeg-cut', 'odd', jpeg.subarray(0, jpeg.length / 2)],
    ['png-cut', 'odd', png.subarray(0, png.length / 2)],
    // Of a structure that no encoder makes; some of these become a thumbnail, at a price that is bounded.
    ['jpeg-scans', 'odd', manyScans(2000, 500)],
    ['jpeg-some-scans', 'odd', manyScans(600, 60)],
    ['png-narrow', 'odd', blankPng({ width: 4, height: 16_000, bitDepth: 16 })],
    ['png-profile', 'odd', withChunks(png, [profileChunk(49_000_000)])],
    ['webp-chunks', 'odd', manyChunks(8300)],
    ['png-bomb', 'hostile', pngHeader({ width: 100_000, height: 100_000 })],
    ['avif-cut', 'hostile', avif.subarray(0, avif.length / 2)],
    ['noise', 'hostile', randomBytes(300_000)],
    ['html', 'hostile', Buffer.from('<!doctype html><title>No image</title>')],
    [
      'gzip-bomb',
      'hostile',
      { body: gzipSync(Buffer.alloc(30_000_000)), headers: { 'content-encoding': 'gzip' } },
    ],
    ['endless', 'hostile', { endless: true }],
    ['endless-500', 'hostile', { status: 500, endless: true }],
    ['stalled-head', 'hostile', { stall: 'head' }],
    ['stalled-body', 'hostile', { stall: 'body', body: jpeg }],
    ['loop', 'hostile', { redirect: '/loop' }],
    ['missing', 'hostile', { status: 404 }],
    ['broken', 'hostile', { status: 503 }],
  ];
  return new Map(
    sources.map(([name, kind, reply]) => [
      name,
      { kind, reply: Buffer.isBuffer(reply) ? { body: reply } : reply },
    ]),
  );
}

/** A progressive JPEG of a grey square, whose last scan comes again and again. */
function manyScans(side: number, scans: number): Buffer {
  const frame = { width: side, height: side };
  return hostileJpeg({ ...frame, scans: [DC_SCAN, ...Array.from({ length: scans }, () => AC_SCAN)] });
}

function manyChunks(count: number): Buffer {
  const junk = Array.from({ length: count }, () => webpChunk('junk'));
  return hostileWebp([vp8x(600, 400), ...junk, webpChunk('VP8L', losslessPicture(600, 400))]);
}
