import { expect } from 'chai';
import sharp from 'sharp';
import { WEBP_FLAGS } from '../../../scripts/kit/hostile-images/webp.ts';
import { type Pixels, photograph, pixelsOf } from '../../../scripts/kit/images.ts';
import { type SpecFields, specOf } from '../../../scripts/kit/spec.ts';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import { type InputLimits, openWholeImage } from '../../../src/domain/image/image-file.ts';

const LIMITS: InputLimits = { inputFormats: ['gif', 'webp', 'jpeg', 'png'], maxPixels: 20_000_000 };
const { signal } = new AbortController();
/** RFC 9649, 2.7. */
const VP8X_FLAGS_AT = 20;
const DELAYS = [50, 120, 70, 200];
const FORMATS = ['gif', 'webp'] as const;
type Format = (typeof FORMATS)[number];

/** Four frames with a bright square that moves from corner to corner, on a ground of its own colour each. */
async function framesOf(width: number, height: number): Promise<Buffer[]> {
  const grounds = ['#803030', '#308030', '#303080', '#808030'];
  const square = {
    create: { width: width / 4, height: height / 4, channels: 3, background: '#fff' },
  } as const;
  const input = await sharp(square).png().toBuffer();
  return Promise.all(
    grounds.map((background, at) =>
      sharp({ create: { width, height, channels: 3, background } })
        .composite([{ input, left: at % 2 === 0 ? 0 : (width * 3) / 4, top: at < 2 ? 0 : (height * 3) / 4 }])
        .removeAlpha()
        .png()
        .toBuffer(),
    ),
  );
}

async function animationOf(format: Format, frames: Buffer[], loop = 0): Promise<Buffer> {
  const joined = sharp(frames, { join: { animated: true } });
  const timing = { delay: DELAYS, loop };
  return (format === 'gif' ? joined.gif(timing) : joined.webp({ ...timing, lossless: true })).toBuffer();
}

async function frameOf(animation: Uint8Array, page: number): Promise<Pixels> {
  return pixelsOf(await sharp(animation, { page }).png().toBuffer());
}

/** Lossy colour is coarse at an edge, and the same on the whole. */
function expectAlike(found: Pixels, expected: Pixels, title: string): void {
  expect([found.width, found.height], title).to.deep.equal([expected.width, expected.height]);
  const pixels = found.width * found.height;
  let sum = 0;
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    for (let channel = 0; channel < 3; channel += 1) {
      const one = found.data[pixel * found.channels + channel]!;
      const other = expected.data[pixel * expected.channels + channel]!;
      if (Math.abs(one - other) > 130) throw new Error(`${title}: pixel ${pixel} has ${one}, not ${other}`);
      sum += Math.abs(one - other);
    }
  }
  expect(sum / pixels / 3, title).to.be.below(6);
}

/** The first frame stays for eleven minutes, and all repeat as often as a GIF can say (GIF89a, 23; NETSCAPE2.0). */
function withLongGif(gif: Buffer): Buffer {
  gif.writeUInt16LE(0xffff, gif.indexOf(Buffer.from('21f904', 'hex')) + 4);
  gif.writeUInt16LE(0xffff, gif.indexOf('NETSCAPE2.0') + 13);
  return gif;
}

/** The first frame stays for four and a half hours (RFC 9649, 2.7.1.1). */
function withLongWebp(webp: Buffer): Buffer {
  webp.writeUIntLE(0xffffff, webp.indexOf('ANMF') + 20, 3);
  return webp;
}

const [BLACK, WHITE] = [0, 1];

/** A square of one colour that stays for a tenth of a second; its codes of three bits are cleared ahead of each (GIF89a, appendix F). */
function opaqueFrame({ left, top, side, code }: Record<'left' | 'top' | 'side' | 'code', number>): Buffer {
  const head = Buffer.from('21f904040a0000002c000000000000000000', 'hex');
  [left, top, side, side].forEach((px, at) => head.writeUInt16LE(px, 9 + at * 2));
  const [clear, end] = [4, 5];
  const codes = [...Array.from({ length: side * side }, () => [clear, code]).flat(), end];
  const data = Buffer.alloc(Math.ceil((codes.length * 3) / 8));
  codes.forEach((each, at) => {
    for (let bit = 0; bit < 3; bit += 1)
      data[(at * 3 + bit) >> 3]! |= ((each >> bit) & 1) << ((at * 3 + bit) & 7);
  });
  const blocks = Array.from({ length: Math.ceil(data.length / 255) }, (_, at) => {
    const block = data.subarray(at * 255, (at + 1) * 255);
    return Buffer.concat([Buffer.of(block.length), block]);
  });
  return Buffer.concat([head, Buffer.of(2), ...blocks, Buffer.of(0)]);
}

describe('resize-sharp: animations', () => {
  const resizer = new SharpImageResizer(LIMITS);
  const make = async (image: Buffer, fields: SpecFields) =>
    resizer.resize(openWholeImage(image, LIMITS), specOf({ format: 'webp', ...fields }), { signal });

  for (const source of FORMATS) {
    for (const format of FORMATS) {
      it(`of ${source} stay such as ${format}: every frame, its time, and how often they repeat`, async () => {
        const frames = await framesOf(160, 120);
        for (const loop of [0, 1, 3]) {
          const image = await animationOf(source, frames, loop);
          const { bytes, ...facts } = await make(image, { size: 64, format, animated: true, quality: 100 });
          expect(facts).to.include({ format, width: 64, height: 48 });
          expect(facts.original).to.include({ width: 160, height: 120 });
          const { pages, delay, loop: repeats } = await sharp(bytes, { animated: true }).metadata();
          expect({ pages, delay, repeats }).to.deep.equal({ pages: 4, delay: DELAYS, repeats: loop });
          for (const [at, frame] of frames.entries()) {
            // As a thumbnail of that frame alone, so nothing of another frame is in it.
            const still = await make(frame, { size: 64, format: 'png' });
            expectAlike(await frameOf(bytes, at), await pixelsOf(still.bytes), `frame ${at}`);
          }
        }
      });
    }
  }

  it('repeat 65,535 times and show a frame for 65.5 seconds at most, where their file says more', async () => {
    const frames = await framesOf(160, 120);
    const long = {
      gif: withLongGif(await animationOf('gif', frames, 3)),
      webp: withLongWebp(await animationOf('webp', frames)),
    };
    for (const source of FORMATS) {
      for (const format of FORMATS) {
        const { bytes } = await make(long[source], { size: 64, format, animated: true });
        const { delay, loop } = await sharp(bytes, { animated: true }).metadata();
        expect(delay?.slice(1), source).to.deep.equal(DELAYS.slice(1));
        expect(delay?.[0], source).to.be.within(65_530, 65_540);
        if (source === 'gif') expect(loop).to.be.within(65_535, 65_536);
      }
    }
  });

  const SHAPES: readonly SpecFields[] = [
    { width: 40 },
    { width: 50, height: 50, fit: 'cover', position: 'right' },
    { width: 50, height: 30, fit: 'cover', position: { x: 0.2, y: 0.9 } },
    { width: 60, height: 60, fit: 'contain', background: '204080' },
    { width: 60, height: 60, fit: 'contain', position: 'top' },
    { width: 200, height: 130, fit: 'contain', background: '204080' },
    { size: 40, crop: { x: 0.5, y: 0.25, width: 0.5, height: 0.75 } },
    { size: 30, fit: 'cover', crop: { x: 0.25, y: 0, width: 0.75, height: 0.5 }, position: 'left' },
  ];

  it('are cut, scaled and padded as stills are, frame by frame', async () => {
    const frames = await framesOf(160, 120);
    const image = await animationOf('webp', frames);
    for (const fields of SHAPES) {
      const { bytes, width, height } = await make(image, { ...fields, animated: true, quality: 100 });
      for (const [at, frame] of frames.entries()) {
        const still = await make(frame, { ...fields, format: 'png' });
        expect([width, height]).to.deep.equal([still.width, still.height]);
        const title = `${JSON.stringify(fields)} frame ${at}`;
        const [found, expected] = [await frameOf(bytes, at), await pixelsOf(still.bytes)];
        // What is transparent has no colour to compare.
        if (expected.channels === 3) expectAlike(found, expected, title);
        else expect(found.data.at(-1), title).to.equal(0);
      }
    }
  });

  it('keep of every frame what draws the eye in the first one', async () => {
    const frames = await framesOf(160, 80);
    const image = await animationOf('webp', frames);
    const fields = { size: 40, fit: 'cover', position: 'attention' } as const;
    const { bytes } = await make(image, { ...fields, animated: true, quality: 100 });
    const first = await make(frames[0]!, { ...fields, format: 'png' });
    expectAlike(await frameOf(bytes, 0), await pixelsOf(first.bytes), 'first');
    const left = await make(frames[1]!, { size: 40, fit: 'cover', position: 'left', format: 'png' });
    expectAlike(
      await frameOf(bytes, 1),
      await pixelsOf(left.bytes),
      'second, where the square is on the right',
    );
  });

  it('keep what is transparent', async () => {
    const frame = (background: string) =>
      sharp({ create: { width: 100, height: 80, channels: 4, background: '#00000000' } })
        .composite([
          {
            input: { create: { width: 50, height: 80, channels: 4, background } },
            ...{ left: 0, top: 0 },
          },
        ])
        .png()
        .toBuffer();
    const joined = sharp([await frame('#f00'), await frame('#0f0')], { join: { animated: true } });
    for (const source of [await joined.clone().gif().toBuffer(), await joined.clone().webp().toBuffer()]) {
      for (const format of FORMATS) {
        const { bytes } = await make(source, { size: 50, format, animated: true });
        const { data, width } = await frameOf(bytes, 1);
        const alphaAt = (x: number) => data[(20 * width + x) * 4 + 3];
        expect([alphaAt(5), alphaAt(45)], format).to.deep.equal([255, 0]);
      }
    }
  });

  it('announce that they are transparent, though all that is not is opaque', async () => {
    const image = await animationOf('gif', await framesOf(160, 120));
    const alphaOf = async (fields: SpecFields) => {
      const { bytes } = await make(image, { ...fields, format: 'webp', animated: true });
      return (bytes[VP8X_FLAGS_AT] ?? 0) & WEBP_FLAGS.alpha;
    };
    // Padding above and below, in even numbers of pixels, is left out of every frame.
    expect(await alphaOf({ width: 80, height: 80, fit: 'contain' })).to.equal(WEBP_FLAGS.alpha);
    expect(await alphaOf({ size: 80 })).to.equal(0);
  });

  it('have the canvas of their file, though no frame fills it', async () => {
    const image = await animationOf('gif', await framesOf(160, 120));
    // The screen is made larger than its frames (GIF89a, 18).
    image.writeUInt16LE(200, 6);
    image.writeUInt16LE(160, 8);
    const still = await make(image, { size: 100, format: 'png' });
    const { bytes, width, height } = await make(image, { size: 100, animated: true });
    expect([width, height]).to.deep.equal([still.width, still.height]);
    expect((await sharp(bytes).metadata()).pages).to.equal(4);
    const last = await frameOf(bytes, 3);
    expect([last.width, last.height]).to.deep.equal([100, 80]);
  });

  it('leave transparent what no frame of a GIF covers, though none is transparent itself', async () => {
    // Two colours all over, in frames in the middle of a larger screen (GIF89a, 18 and 20).
    const frames = [BLACK, WHITE].map((code) => opaqueFrame({ left: 25, top: 25, side: 50, code }));
    const screen = Buffer.from('47494638396164006400800000' + '000000ffffff', 'hex');
    const image = Buffer.concat([screen, ...frames, Buffer.of(0x3b)]);
    for (const format of FORMATS) {
      const { bytes } = await make(image, { size: 100, format, animated: true });
      const { pages, delay } = await sharp(bytes, { animated: true }).metadata();
      expect({ pages, delay }).to.deep.equal({ pages: 2, delay: [100, 100] });
      for (const [at, shade] of [0, 255].entries()) {
        const { data, width, channels } = await frameOf(bytes, at);
        const pixelAt = (x: number, y: number) => [
          ...data.subarray((y * width + x) * channels).subarray(0, channels),
        ];
        expect(pixelAt(5, 5)[3], `${format}, around frame ${at}`).to.equal(0);
        expect(pixelAt(50, 50), `${format}, frame ${at}`).to.deep.equal([shade, shade, shade, 255]);
      }
    }
  });

  it('are turned by EXIF, as their first frame is', async () => {
    const frames = await framesOf(160, 120);
    for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const joined = sharp(frames, { join: { animated: true } });
      const image = await joined.withMetadata({ orientation }).webp({ lossless: true }).toBuffer();
      const first = await make(image, { size: 64, format: 'png' });
      const { bytes, width, height } = await make(image, { size: 64, animated: true, quality: 100 });
      expect([width, height]).to.deep.equal([first.width, first.height]);
      expectAlike(await frameOf(bytes, 0), await pixelsOf(first.bytes), `orientation ${orientation}`);
    }
  });

  it('are not cut to their beginning, however long they are', async () => {
    const frames = await Promise.all(
      [1, 0.8, 0.6].map((brightness) =>
        photograph({ width: 200, height: 150 }).modulate({ brightness }).png().toBuffer(),
      ),
    );
    for (const format of FORMATS) {
      const image = await animationOf(format, frames);
      expect(image.length).to.be.above(64 * 1024);
      const { bytes } = await make(image, { size: 64, animated: true });
      expect((await sharp(bytes).metadata()).pages, format).to.equal(3);
    }
  });

  it('make no difference to other images: the same bytes as without', async () => {
    const photo = photograph({ width: 1000, height: 900 });
    const stills = {
      gif: await photo.clone().gif({ effort: 1 }).toBuffer(),
      webp: await photo.clone().webp({ effort: 0 }).toBuffer(),
      jpeg: await photo.clone().jpeg({ progressive: true }).toBuffer(),
      png: await photo.clone().png({ compressionLevel: 1 }).toBuffer(),
    };
    for (const [name, image] of Object.entries(stills)) {
      for (const format of ['webp', 'jpeg-or-png'] as const) {
        const animated = await make(image, { size: 64, format, animated: true });
        expect(animated, `${name} as ${format}`).to.deep.equal(await make(image, { size: 64, format }));
      }
      expect((await make(image, { size: 64, format: 'gif', animated: true })).format).to.equal('gif');
    }
  });

  it('are estimated by their frames', async () => {
    const costOf = async (count: number) => {
      const frames = await framesOf(400, 300);
      const many = Array.from({ length: count }, (_, at) => frames[at % 4]!);
      const image = await sharp(many, { join: { animated: true } })
        .gif()
        .toBuffer();
      const spec = specOf({ size: 64, format: 'gif', animated: true });
      return resizer.memoryCost(openWholeImage(image, LIMITS), spec);
    };
    const perFrame = ((await costOf(24)) - (await costOf(4))) / 20;
    expect(perFrame / (400 * 300)).to.be.within(4, 12);
  });
});
