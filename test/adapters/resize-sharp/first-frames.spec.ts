import { expect } from 'chai';
import sharp from 'sharp';
import { avifSequence, codedPictureOf } from '../../../scripts/kit/avif-files.ts';
import { type CodedImage, codedImage, hostileAvif, ispe } from '../../../scripts/kit/hostile-images/avif.ts';
import { chunk, withChunks } from '../../../scripts/kit/hostile-images/png.ts';
import {
  WEBP_FLAGS,
  anmf,
  chunksOf,
  hostileWebp,
  vp8x,
  webpChunk,
} from '../../../scripts/kit/hostile-images/webp.ts';
import { QUARTERS, pixelsOf, photograph, plain } from '../../../scripts/kit/images.ts';
import { type SpecFields, specOf } from '../../../scripts/kit/spec.ts';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import { stillFile } from '../../../src/domain/image/image-header/avif/still-file.ts';
import { type InputLimits, openImage, openWholeImage } from '../../../src/domain/image/image-file.ts';
import type { Thumbnail } from '../../../src/domain/image/thumbnail.ts';
import { shortFileFrom } from '../../support/short-files.ts';

const LIMITS: InputLimits = { inputFormats: ['jpeg', 'png', 'webp', 'gif', 'avif'], maxPixels: 50_000_000 };
const { signal } = new AbortController();
const resizer = new SharpImageResizer(LIMITS);
const [WIDTH, HEIGHT] = [120, 80];

async function resize(image: Uint8Array, fields: SpecFields = {}): Promise<Thumbnail> {
  const spec = specOf({ size: 64, format: 'png', ...fields });
  return resizer.resize(openWholeImage(image, LIMITS), spec, { signal });
}

/** The colour in the middle of its thumbnail. */
async function middleOf(image: Uint8Array, fields: SpecFields = {}): Promise<number[]> {
  const { data, width, height, channels } = await pixelsOf((await resize(image, fields)).bytes);
  const at = ((height >> 1) * width + (width >> 1)) * channels;
  return Array.from(data.subarray(at, at + channels));
}

function expectColour(actual: readonly number[], expected: readonly number[], tolerance = 4): void {
  expected.forEach((value, channel) => expect(actual[channel]).to.be.closeTo(value, tolerance));
}

async function avifOf(colour: readonly [number, number, number]): Promise<Buffer> {
  return plain(WIDTH, HEIGHT, colour).avif({ effort: 0, quality: 90 }).toBuffer();
}

describe('resize-sharp: the first frame', () => {
  it('is that of an AVIF sequence, not the picture beside it', async () => {
    const frames = await Promise.all([avifOf(QUARTERS.green), avifOf(QUARTERS.blue)]);
    const sequence = avifSequence(
      await avifOf(QUARTERS.red),
      frames.map((file) => codedPictureOf(file)),
    );
    const file = openWholeImage(sequence, LIMITS);
    expect(file.header).to.include({ width: WIDTH, height: HEIGHT, animated: true });
    expectColour(await middleOf(sequence), QUARTERS.green);
    const { original } = await resize(sequence);
    expect(original).to.deep.equal({ format: 'avif', width: WIDTH, height: HEIGHT, bytes: sequence.length });
  });

  it('is the picture beside the sequence where that cannot be read', async () => {
    const sequence = avifSequence(await avifOf(QUARTERS.red), [codedPictureOf(await avifOf(QUARTERS.blue))]);
    sequence.write('vvc1', sequence.indexOf('av01', sequence.indexOf('moov')));
    expectColour(await middleOf(sequence), QUARTERS.red);
  });

  for (const brand of ['avis', 'miaf', 'MA1B', 'iso8', 'mif1']) {
    it(`is taken of a file whose major brand is ${brand}`, async () => {
      const image = await avifOf(QUARTERS.red);
      const branded = Buffer.from(stillFile(codedPictureOf(image)));
      branded.write(brand, 8);
      expectColour(await middleOf(branded), QUARTERS.red);
    });
  }

  it('keeps the transparency that an AVIF has as a picture of its own', async () => {
    const alpha = await plain(WIDTH, HEIGHT, [128, 128, 128]).greyscale().avif({ effort: 0 }).toBuffer();
    const image = stillFile(codedPictureOf(await avifOf(QUARTERS.red)), codedPictureOf(alpha));
    expectColour(await middleOf(image), [...QUARTERS.red, 128]);
  });

  it('is the picture that an AVIF of several calls its primary, wherever it stands', async () => {
    const [other, primary] = await Promise.all([codedImage(64, 64), codedImage(100, 40)]);
    const item = ({ data, av1C }: CodedImage, width: number, height: number) => ({
      type: 'av01',
      data,
      properties: [ispe(width, height), av1C],
    });
    const file = hostileAvif({ items: [item(other, 64, 64), item(primary, 100, 40)], primary: 2 });
    expect((await resize(file)).original).to.include({ width: 100, height: 40 });
  });

  it('is the default image of an APNG that announces frames and has none', async () => {
    const image = await plain(WIDTH, HEIGHT, QUARTERS.red).png().toBuffer();
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32BE(2, 0);
    const frame = Buffer.alloc(26);
    frame.writeUInt32BE(WIDTH, 4);
    frame.writeUInt32BE(HEIGHT, 8);
    const end = image.length - 12;
    const file = Buffer.concat([
      withChunks(image.subarray(0, end), [chunk('acTL', bytes)]),
      chunk('fcTL', frame),
      image.subarray(end),
    ]);
    const { original } = await resize(file);
    expect(original).not.to.have.property('isDamaged');
    expectColour(await middleOf(file), QUARTERS.red);
  });

  it('is that of an APNG whose default image belongs to none', async () => {
    const [hidden, shown] = await Promise.all(
      [QUARTERS.red, QUARTERS.green].map((colour) => plain(WIDTH, HEIGHT, colour).png().toBuffer()),
    );
    if (hidden === undefined || shown === undefined) throw new Error('no images');
    const animated = apng(hidden, shown);
    expectColour(await middleOf(animated), QUARTERS.green);
    expectColour(
      await middleOf(apng(hidden, shown, { note: chunk('tIME', Buffer.alloc(7)) })),
      QUARTERS.green,
    );
    expectColour(await middleOf(apng(hidden, shown, { frames: 0 })), QUARTERS.red);
    const png = await resize(animated);
    expect(png.original).to.include({ width: WIDTH, height: HEIGHT, bytes: animated.length });
    expect(png.original).not.to.have.property('isDamaged');
  });

  it('leaves transparent what it does not cover of a GIF, read in part or whole', async () => {
    const photo = photograph({ width: 400, height: 300 });
    const frame = await photo.png().toBuffer();
    const joined = sharp([frame, await sharp(frame).modulate({ brightness: 0.7 }).png().toBuffer()], {
      join: { animated: true },
    });
    const animation = await joined.gif({ effort: 1, delay: 100 }).toBuffer();
    const single = await photo.gif({ effort: 1 }).toBuffer();
    for (const gif of [animation, single]) {
      gif.writeUInt16LE(800, 6);
      gif.writeUInt16LE(600, 8);
      const { bytes, original, ...whole } = await resize(gif, { size: 80 });
      expect(original).to.include({ width: 800, height: 600 });
      const { data, channels } = await pixelsOf(bytes);
      expect(channels).to.equal(4);
      expect([data.at(3), data.at(-1)]).to.deep.equal([255, 0]);
      expect((await resize(gif, { format: 'jpeg-or-png' })).format).to.equal('png');
      const short = shortFileFrom(gif, specOf({ size: 80, format: 'png' }));
      if (short === undefined) continue;
      const part = openImage({ bytes: short, isPart: true, wholeBytes: gif.length }, LIMITS);
      const fromPart = await resizer.resize(part, specOf({ size: 80, format: 'png' }), { signal });
      expect(fromPart).to.deep.equal({ bytes, original, ...whole });
    }
  });

  it('has the transparency that a WebP does not announce', async () => {
    const fading = photograph({ width: WIDTH, height: HEIGHT, alpha: 'fade' });
    const lossless = chunksOf(await fading.clone().webp({ lossless: true, effort: 0 }).toBuffer());
    const lossy = chunksOf(await fading.webp({ effort: 0 }).toBuffer()).slice(1);
    for (const [name, parts] of Object.entries({ lossless, unannounced: lossless.map(withoutHint) })) {
      const whole = (await resize(hostileWebp(lossless))).bytes;
      expect((await pixelsOf(whole)).channels).to.equal(4);
      expect((await resize(hostileWebp(parts))).bytes, name).to.deep.equal(whole);
      expect((await resize(hostileWebp([vp8x(WIDTH, HEIGHT), ...parts]))).bytes, name).to.deep.equal(whole);
    }
    for (const parts of [lossless, lossless.map(withoutHint), lossy]) {
      const frames = Array<Buffer>(2).fill(anmf(WIDTH, HEIGHT, parts));
      const [said, unsaid] = [WEBP_FLAGS.alpha, 0].map((flag) =>
        hostileWebp([
          vp8x(WIDTH, HEIGHT, WEBP_FLAGS.animation | flag),
          webpChunk('ANIM', Buffer.alloc(6)),
          ...frames,
        ]),
      ) as [Buffer, Buffer];
      const { bytes } = await resize(said);
      expect((await resize(unsaid)).bytes).to.deep.equal(bytes);
      expect((await pixelsOf(bytes)).channels).to.equal(4);
    }
    // As browsers have it of a picture with loss that is no frame.
    const still = await pixelsOf((await resize(hostileWebp([vp8x(WIDTH, HEIGHT), ...lossy]))).bytes);
    expect(still.channels).to.equal(3);
  });

  it('is transparent where it leaves the canvas of a WebP bare, though no frame has transparency', async () => {
    const frame = chunksOf(await plain(WIDTH, HEIGHT, QUARTERS.red).webp().toBuffer());
    const animation = hostileWebp([
      vp8x(WIDTH * 2, HEIGHT, WEBP_FLAGS.animation),
      webpChunk('ANIM', Buffer.alloc(6)),
      ...Array<Buffer>(2).fill(anmf(WIDTH, HEIGHT, frame)),
    ]);
    expect(openWholeImage(animation, LIMITS).header.hasAlpha).to.equal(true);
    const { bytes, format } = await resize(animation, { format: 'jpeg-or-png' });
    expect(format).to.equal('png');
    const { data, channels } = await pixelsOf(bytes);
    expect([channels, data.at(3), data.at(-1)]).to.deep.equal([4, 255, 0]);
  });

  it('is opaque in a WebP that is, however it is coded without loss', async () => {
    const photo = photograph({ width: WIDTH, height: HEIGHT });
    const drawings = [2, 5, 200].map((colours) => photo.clone().png({ colours }));
    for (const drawing of [photo.clone().png(), ...drawings]) {
      for (const effort of [0, 6]) {
        const image = await sharp(await drawing.toBuffer())
          .webp({ lossless: true, effort })
          .toBuffer();
        expect(openWholeImage(image, LIMITS).header).to.include({ hasAlpha: false, isRewritten: false });
      }
    }
  });
});

/** A chunk of a lossless picture that says there is no transparency. */
function withoutHint(part: Buffer): Buffer {
  const copy = Buffer.from(part);
  copy.writeUInt8(copy.readUInt8(12) & ~0x10, 12);
  return copy;
}

/** An animation of one frame, which is not the default image; a note may stand between its control and its data. */
function apng(
  hidden: Buffer,
  shown: Buffer,
  { frames = 1, note = Buffer.alloc(0) }: { frames?: number; note?: Buffer } = {},
): Buffer {
  const control = Buffer.alloc(26);
  control.writeUInt32BE(WIDTH, 4);
  control.writeUInt32BE(HEIGHT, 8);
  const dataAt = shown.indexOf('IDAT');
  const data = shown.subarray(dataAt + 4, dataAt + 4 + shown.readUInt32BE(dataAt - 4));
  const pixelsAt = hidden.indexOf('IDAT') - 4;
  const endAt = hidden.indexOf('IEND') - 4;
  return Buffer.concat([
    hidden.subarray(0, pixelsAt),
    chunk('acTL', Buffer.of(0, 0, 0, frames, 0, 0, 0, 0)),
    hidden.subarray(pixelsAt, endAt),
    chunk('fcTL', control),
    note,
    chunk('fdAT', Buffer.concat([Buffer.of(0, 0, 0, 1), data])),
    hidden.subarray(endAt),
  ]);
}
