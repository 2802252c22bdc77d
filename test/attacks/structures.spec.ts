import { expect } from 'chai';
import {
  type Answer,
  aSmallTaskUnderAttack,
  answerOf,
  ask,
  expectNothingInternal,
  watchHealth,
} from '../support/attack.ts';
import { blankPng, chunk, profileChunk, withChunks } from '../../scripts/kit/hostile-images/png.ts';
import * as webp from '../../scripts/kit/hostile-images/webp.ts';
import { plain } from '../../scripts/kit/images.ts';
import {
  codedImage,
  gridData,
  hostileAvif,
  ispe,
  overlayData,
} from '../../scripts/kit/hostile-images/avif.ts';
import {
  AC_SCAN,
  DC_SCAN,
  type JpegScan,
  emptyBlocks,
  hostileJpeg,
} from '../../scripts/kit/hostile-images/jpeg.ts';

const MIB = 1024 * 1024;

/** Files that are in order part by part, and that no encoder makes: each is small, and asks for far too much. */
describe('attacks by the structure of a file', () => {
  const attacked = aSmallTaskUnderAttack();
  let served = 0;

  /** By address and as an upload, three times at once; all answers are the same, and soon there. */
  async function expectAnswers(image: Buffer, expected: string, what: string): Promise<void> {
    const health = watchHealth(attacked.service);
    const startedAt = performance.now();
    const answers = await Promise.all([1, 2, 3].flatMap(() => [download(image), upload(image)]));
    expect(performance.now() - startedAt, what).to.be.below(40_000);
    expect(await health.stop(), `health beside ${what}`).to.be.below(1000);
    for (const answer of answers) {
      expect(answer.status === 200 ? 'a thumbnail' : answer.code, what).to.equal(expected);
      if (answer.status !== 200) expectNothingInternal(answer.body.toString(), what);
    }
  }

  function download(body: Buffer): Promise<Answer> {
    served += 1;
    attacked.origin.serve(`/${served}`, { body, type: 'image/jpeg' });
    return ask(attacked.service, attacked.origin.url(`/${served}`));
  }

  async function upload(image: Buffer): Promise<Answer> {
    served += 1;
    // Of other bytes each time, so that none is answered out of the cache.
    const body = Buffer.concat([image, Buffer.from(String(served))]);
    const headers = { 'Content-Type': 'application/octet-stream' };
    return answerOf(
      await fetch(`${attacked.service.url}/thumbnail?size=64`, { method: 'POST', body, headers }),
    );
  }

  it('JPEGs of scans without end', async () => {
    const repeated = (scan: JpegScan, times: number) => Array<JpegScan>(times).fill(scan);
    const sides = { width: 7000, height: 7000 };
    const scan = { ...AC_SCAN, data: emptyBlocks(875 * 875) };
    const coarse = { ...DC_SCAN, lowest: 13 };
    const files = {
      'progressive, of DC coefficients so coarse that they are waited for': [coarse, ...repeated(scan, 500)],
      'progressive, of one coefficient a scan': [
        coarse,
        ...repeated({ ...scan, first: 63 }, 250),
        ...repeated({ ...scan, last: 1 }, 250),
      ],
      'progressive, of 20,000 scans': [coarse, ...repeated(scan, 20_000)],
    };
    await expectAnswers(
      hostileJpeg({ ...sides, scans: [DC_SCAN, ...repeated(scan, 500)] }),
      'a thumbnail',
      'progressive, of which the first scan is enough',
    );
    for (const [what, scans] of Object.entries(files)) {
      await expectAnswers(hostileJpeg({ ...sides, scans }), 'image-too-expensive', what);
    }
    const arithmetic = { ...AC_SCAN, data: Buffer.alloc(500, 'a5c3', 'hex') };
    await expectAnswers(
      hostileJpeg({ ...sides, frame: 0xca, scans: [DC_SCAN, ...repeated(arithmetic, 50)] }),
      'image-too-expensive',
      'coded arithmetically',
    );
    await expectAnswers(
      hostileJpeg({ width: 5000, height: 5000, frame: 0xc0, components: 3, scans: repeated(DC_SCAN, 200) }),
      'image-too-expensive',
      'not progressive, in parts',
    );
    await expectAnswers(
      hostileJpeg({ width: 8, height: 8, scans: repeated(DC_SCAN, 100_000) }),
      'image-too-expensive',
      'of one block',
    );
  });

  it('PNGs whose chunks unfold, or are copied again and again', async () => {
    const png = blankPng({ width: 64, height: 64 });
    const exif = Buffer.concat([Buffer.from('II*\0'), Buffer.alloc(6 * MIB)]);
    const palette = Buffer.concat([Buffer.from('name\0\x08'), Buffer.alloc(6 * MIB)]);
    const files: Readonly<Record<string, Buffer[]>> = {
      'a profile of 49 MB': [profileChunk(49e6)],
      'a profile behind a small one': [profileChunk(1000), profileChunk(49e6)],
      'a hundred profiles': Array<Buffer>(100).fill(profileChunk(4e6)),
      'a suggested palette': [chunk('sPLT', palette)],
      EXIF: [chunk('eXIf', exif)],
      'chunks of no known type': Array<Buffer>(8000).fill(chunk('teSt', Buffer.alloc(1000))),
    };
    for (const [what, chunks] of Object.entries(files)) {
      await expectAnswers(withChunks(png, chunks), 'a thumbnail', what);
    }
  });

  it('images that are as narrow as they are long', async () => {
    const narrow = { width: 4, bitDepth: 16, colourType: 6 };
    await expectAnswers(blankPng({ ...narrow, height: 1_000_000 }), 'image-too-large', 'a million rows');
    await expectAnswers(blankPng({ ...narrow, height: 16_384 }), 'image-too-large', 'a row too many');
    await expectAnswers(
      blankPng({ ...narrow, height: 16_383, interlaced: true }),
      'a thumbnail',
      'as many rows as may be',
    );
  });

  it('AVIFs whose items count again and again', async () => {
    const [small, large] = [await codedImage(64, 64), await codedImage(2000, 2000)];
    const picture = { type: 'av01', data: small.data, properties: [ispe(64, 64), small.av1C] };
    const tile = { type: 'av01', data: large.data, properties: [ispe(64, 64), large.av1C] };
    const mdat = Buffer.concat([small.data, Buffer.alloc(MIB, 65)]);
    const at = small.data.length;
    const describing = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ type: 'cdsc', from: index + 2, to: [1] }));
    const repeated = Array<readonly [number, number]>(31).fill([at, MIB]);
    const own = { ...picture, data: undefined, extents: [[0, at]] as const };
    const made = (type: string, data: Buffer, times: number) =>
      hostileAvif({
        items: [{ type, data, properties: [ispe(64, 64)] }, tile],
        references: [{ type: 'dimg', from: 1, to: Array<number>(times).fill(2) }],
      });
    const exif = Array.from({ length: 9 }, () => ({ type: 'Exif', extents: repeated }));
    const layers = { ...tile, data: Buffer.concat(Array<Buffer>(100).fill(large.data)) };
    const honest = Array.from({ length: 3 }, () => ({ type: 'Exif', data: Buffer.alloc(3 * MIB) }));
    const files = {
      'EXIF of repeated extents': [
        'corrupt-image',
        hostileAvif({ items: [own, ...exif], references: describing(9), mdat }),
      ],
      'a picture of repeated extents': [
        'corrupt-image',
        hostileAvif({ items: [{ ...own, extents: [[0, at], ...repeated] }], mdat }),
      ],
      'EXIF in its own place': [
        'a thumbnail',
        hostileAvif({ items: [picture, ...honest], references: describing(3) }),
      ],
      'a grid of one tile that lies': [
        'image-too-expensive',
        made('grid', gridData(16, 16, 1024, 1024), 256),
      ],
      'an overlay of one image': ['image-too-expensive', made('iovl', overlayData(64, 64, 255), 255)],
      'a picture of a hundred frames': ['image-too-expensive', hostileAvif({ items: [layers] })],
    } as const;
    for (const [what, [expected, file]] of Object.entries(files)) await expectAnswers(file, expected, what);
  });

  it('WebPs that hide how they are coded, or have tables for each pixel', async () => {
    const lossy = webp.chunksOf(await plain(7000, 7000, [9, 90, 200]).webp({ effort: 0 }).toBuffer())[0]!;
    const junk = Array<Buffer>(8300).fill(webp.webpChunk('junk'));
    const alpha = webp.vp8x(7000, 7000, webp.WEBP_FLAGS.alpha);
    const animation = [
      webp.vp8x(1024, 1024, webp.WEBP_FLAGS.animation),
      webp.webpChunk('ANIM', Buffer.alloc(6)),
    ];
    const tables = webp.manyTables(1024, 1024, 65_536);
    const files = {
      'chunks ahead of a lossless picture': [
        'corrupt-image',
        [webp.vp8x(7000, 7000), ...junk, webp.losslessPicture(7000, 7000)],
      ],
      'lossless transparency': ['image-too-large', [alpha, webp.losslessAlpha(), lossy]],
      'a table for each tile': ['image-too-large', [tables]],
      'a table for each tile of a frame': [
        'image-too-large',
        [...animation, webp.anmf(1024, 1024, [tables])],
      ],
    } as const;
    for (const [what, [expected, chunks]] of Object.entries(files)) {
      await expectAnswers(webp.hostileWebp(chunks), expected, what);
    }
  });
});
