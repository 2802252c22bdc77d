import { expect } from 'chai';
import sharp, { type Sharp } from 'sharp';
import { avifSequence, codedPictureOf } from '../../../scripts/kit/avif-files.ts';
import { photograph } from '../../../scripts/kit/images.ts';
import { specOf } from '../../../scripts/kit/spec.ts';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import { INPUT_FORMATS } from '../../../src/domain/image/formats.ts';
import { openImage, openWholeImage } from '../../../src/domain/image/image-file.ts';
import { endFile } from '../../../src/domain/image/partial/partial-decoder.ts';
import { countFrames } from '../../../src/domain/image/frame-count.ts';
import { InfoReader } from '../../../src/domain/info/info-reader.ts';
import { makeInfo } from '../../../src/domain/info/make-info.ts';
import { INFO_FIELDS, type InfoField, infoSpecFor } from '../../../src/domain/request/info-spec.ts';

const LIMITS = { inputFormats: INPUT_FORMATS, maxPixels: 50_000_000 };
const OPTIONS = { signal: new AbortController().signal };
const HEADER_FIELDS = ['format', 'width', 'height', 'bytes', 'hasAlpha'] as const;

/** Reads a file as it comes, in pieces of so many bytes, and makes the info of what was enough. */
async function infoOf(
  file: Buffer,
  fields: readonly InfoField[],
  { pieceBytes = 1400, resizer = sharpResizer } = {},
) {
  const spec = infoSpecFor(fields);
  const reader = new InfoReader(spec);
  for (let end = pieceBytes; ; end += pieceBytes) {
    const received = Buffer.from(file.subarray(0, end));
    const progress = reader.read(received, file.length);
    if (progress.kind === 'need-more' && end < file.length) continue;
    const isPart = progress.kind === 'complete';
    const room = Buffer.concat([received, Buffer.alloc(1024)]);
    const bytes = isPart ? endFile(room, progress) : file;
    const image = openImage({ bytes, isPart, wholeBytes: file.length }, LIMITS);
    const { info } = await makeInfo(image, spec, resizer, OPTIONS);
    return { info, readBytes: isPart ? Math.min(end, file.length) : file.length };
  }
}

const sharpResizer = new SharpImageResizer(LIMITS);
const noResizer = {
  resize: () => Promise.reject(new Error('the header was to be enough')),
} as unknown as SharpImageResizer;

describe('an info', () => {
  // A resizer that another suite has made allows libvips no formats but its own.
  const tiff = { operation: ['VipsForeignLoadTiffBuffer'] };
  before(() => sharp.unblock(tiff));
  after(() => sharp.block(tiff));
  const large = () => photograph({ width: 1600, height: 1100 });

  const turned: Readonly<Record<string, (image: Sharp) => Promise<Buffer>>> = {
    jpeg: (image) => image.jpeg({ quality: 95 }).toBuffer(),
    'progressive jpeg': (image) => image.jpeg({ quality: 95, progressive: true }).toBuffer(),
    png: (image) => image.png().toBuffer(),
    // With EXIF, which sharp writes for any of its metadata.
    webp: (image) => image.webp({ quality: 95 }).toBuffer(),
    avif: (image) => image.avif({ effort: 0 }).toBuffer(),
    tiff: (image) => image.tiff().toBuffer(),
  };
  for (const [name, encode] of Object.entries(turned)) {
    for (const orientation of [1, 6]) {
      it(`of ${name}, orientation ${orientation}, says from its header what libvips says`, async () => {
        const file = await encode(large().withMetadata({ orientation }));
        const { info, readBytes } = await infoOf(file, HEADER_FIELDS, { resizer: noResizer });
        const { format, autoOrient, hasAlpha } = await sharp(file).metadata();
        expect(info).to.deep.equal({
          format: name === 'avif' ? 'avif' : format,
          width: autoOrient.width,
          height: autoOrient.height,
          bytes: file.length,
          hasAlpha,
        });
        // What turns a WebP stands behind its pixels, and so does the directory of a TIFF.
        const isAtTheEnd = name === 'tiff' || name === 'webp';
        if (isAtTheEnd) expect(readBytes).to.be.above(file.length - 2000);
        else expect(readBytes).to.be.at.most(8 * 1024);
      });
    }
  }

  for (const [name, options] of Object.entries({ lossy: {}, lossless: { lossless: true } })) {
    it(`of a ${name} WebP without EXIF takes its first bytes`, async () => {
      const file = await photograph({ width: 900, height: 600, alpha: 'fade' }).webp(options).toBuffer();
      const { info, readBytes } = await infoOf(file, HEADER_FIELDS, { resizer: noResizer });
      expect(info).to.deep.include({ format: 'webp', width: 900, height: 600, hasAlpha: true });
      expect(readBytes).to.be.at.most(8 * 1024);
    });
  }

  it('reads at most 64 kB of a JPEG of 5 MB for what its header says', async () => {
    const file = await photograph({ width: 4000, height: 3000 }).jpeg({ quality: 97 }).toBuffer();
    expect(file.length).to.be.above(5_000_000);
    const { info, readBytes } = await infoOf(file, HEADER_FIELDS, { resizer: noResizer, pieceBytes: 16_384 });
    expect(info).to.deep.include({ width: 4000, height: 3000, bytes: file.length });
    expect(readBytes).to.be.at.most(65_536);
  });

  it('says of a transparent GIF and of a drawing what only a decoder can tell', async () => {
    const gif = await photograph({ width: 90, height: 60, alpha: 'fade' }).gif().toBuffer();
    expect((await infoOf(gif, HEADER_FIELDS)).info).to.deep.include({
      width: 90,
      height: 60,
      hasAlpha: true,
    });
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="70" height="40"></svg>');
    expect((await infoOf(svg, INFO_FIELDS)).info).to.deep.include({
      format: 'svg',
      width: 70,
      height: 40,
      frames: 1,
    });
  });

  it('counts the frames of an animation, all of which it reads', async () => {
    const frames = [10, 90, 170].map((shade) =>
      photograph({ width: 80, height: 60 }).tint({ r: shade, g: 0, b: 0 }),
    );
    const pages = await Promise.all(frames.map((frame) => frame.png().toBuffer()));
    const film = sharp(pages, { join: { animated: true } });
    for (const file of [await film.clone().gif().toBuffer(), await film.clone().webp().toBuffer()]) {
      const { info, readBytes } = await infoOf(file, ['frames']);
      expect(info.frames)
        .to.equal((await sharp(file).metadata()).pages)
        .and.to.equal(3);
      expect(readBytes).to.equal(file.length);
    }
    const still = await large().webp().toBuffer();
    expect(await infoOf(still, ['frames'], { resizer: noResizer })).to.have.nested.property('info.frames', 1);
  });

  it('counts the pictures of an AVIF sequence, whose list may stand at its end', async () => {
    const still = await photograph({ width: 80, height: 60 }).avif({ effort: 0 }).toBuffer();
    const picture = codedPictureOf(still);
    const sequence = avifSequence(still, [picture, picture, picture]);
    const { info, readBytes } = await infoOf(sequence, ['frames']);
    expect(info.frames).to.equal(3);
    expect(readBytes).to.equal(sequence.length);
    expect((await infoOf(still, ['frames'])).info.frames).to.equal(1);
    // A sequence that is not in order is shown as the picture beside it.
    sequence.write('free', sequence.indexOf('stsz'), 'latin1');
    expect((await infoOf(sequence, ['frames'])).info.frames).to.equal(1);
  });

  it('counts frames of whatever bytes without an end or an error', async () => {
    const gif = await photograph({ width: 30, height: 20 }).gif().toBuffer();
    for (let length = 14; length < gif.length; length += 7) {
      const header = openWholeImage(gif, LIMITS);
      expect(countFrames({ ...header, bytes: gif.subarray(0, length) })).to.be.at.least(1);
    }
  });

  it('has the same colours however the file came, and the shape of a thumbnail of it', async () => {
    const whole = await photograph({ width: 1600, height: 900 })
      .jpeg({ progressive: true, quality: 90 })
      .toBuffer();
    const { info } = await infoOf(whole, INFO_FIELDS);
    const { info: part, readBytes } = await infoOf(whole, ['color', 'thumbhash', 'placeholder']);
    expect(readBytes).to.be.below(whole.length / 2);
    expect(part).to.deep.include({
      color: info.color,
      thumbhash: info.thumbhash,
      placeholder: info.placeholder,
    });
    const file = openWholeImage(whole, LIMITS);
    await sharpResizer.resize(file, specOf({ size: 700, format: 'webp' }), OPTIONS);
    expect(await makeInfo(file, infoSpecFor(INFO_FIELDS), sharpResizer, OPTIONS)).to.deep.equal({
      info,
      isDamaged: false,
    });
    expect(info.color).to.match(/^#[0-9a-f]{6}$/);
  });
});
