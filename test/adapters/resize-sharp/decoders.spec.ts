import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import sharp from 'sharp';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import type { InputFormat } from '../../../src/domain/image/formats.ts';
import { type InputLimits, openWholeImage } from '../../../src/domain/image/image-file.ts';
import type { Thumbnail } from '../../../src/domain/image/thumbnail.ts';
import { plain, QUARTERS } from '../../../scripts/kit/images.ts';
import { rejection } from '../../support/rejection.ts';
import { specOf } from '../../../scripts/kit/spec.ts';

const DEFAULT_FORMATS: readonly InputFormat[] = ['jpeg', 'png', 'webp', 'gif', 'avif'];
const LIMITS: InputLimits = { inputFormats: DEFAULT_FORMATS, maxPixels: 1e6 };
const SVG = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200"><rect width="300" height="200" fill="#c81e28"/></svg>',
);

describe('resize-sharp: decoders', () => {
  before(() => {
    // Which decoders are on is the whole process's setting; this makes it the default one, whatever ran before.
    return new SharpImageResizer(LIMITS).warmUp();
  });

  it('are blocked in libvips itself unless they are switched on', async () => {
    const tiff = await plain(30, 20, QUARTERS.red).tiff().toBuffer();
    const refused = [SVG, tiff, Buffer.from('P5 1 1 255\n0'), Buffer.from('%PDF-1.7\n')];
    for (const image of refused)
      expect(await messageOf(sharp(image).toBuffer())).to.contain('unsupported image format');
    expect(await messageOf(sharp(join(import.meta.dirname, 'decoders.spec.ts')).toBuffer())).to.contain(
      'unsupported',
    );
  });

  it('get no SVG in any disguise', async () => {
    const utf16 = Buffer.from(`\uFEFF${SVG.toString()}`, 'utf16le');
    const disguises = [SVG, utf16, Buffer.concat([Buffer.from(' \n<!-- jpeg -->'), SVG]), sheathed(SVG)];
    for (const image of disguises) {
      const error = await rejection(resize(image));
      expect(error)
        .to.have.property('code')
        .that.matches(/^(unsupported|corrupt)-image$/);
    }
  });

  it('for JPEG and PNG are off where they are not asked for', async () => {
    const png = await plain(30, 20, QUARTERS.red).png().toBuffer();
    expect(await inChild(['webp'], png)).to.deep.equal({ code: 'unsupported-image', direct: 'refused' });
  });

  it('for TIFF work when switched on', async () => {
    const tiff = await plain(300, 200, QUARTERS.red).tiff().withMetadata({ orientation: 6 }).toBuffer();
    expect(await inChild([...DEFAULT_FORMATS, 'tiff'], tiff)).to.deep.equal({
      original: { format: 'tiff', width: 200, height: 300, bytes: tiff.length },
      pixel: [200, 30, 40],
      size: [43, 64],
    });
  });

  it('for SVG work when switched on', async () => {
    expect(await inChild([...DEFAULT_FORMATS, 'svg'], SVG)).to.deep.equal({
      original: { format: 'svg', width: 300, height: 200, bytes: SVG.length },
      pixel: [200, 30, 40],
      size: [64, 43],
    });
  });
});

async function resize(image: Uint8Array): Promise<Thumbnail> {
  const spec = specOf({ size: 64, fit: 'inside', format: 'png' });
  return new SharpImageResizer(LIMITS).resize(openWholeImage(image, LIMITS), spec, new AbortController());
}

/** Begins as a JPEG does. */
function sheathed(svg: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), svg]);
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return String(await rejection(promise));
}

/** Resizes in a process of its own, where another set of decoders disturbs nobody. */
async function inChild(formats: readonly InputFormat[], image: Buffer): Promise<unknown> {
  const script = fileURLToPath(import.meta.resolve('../../support/resize-in-child.ts'));
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = execFile(process.execPath, [script, formats.join()], (error, stdout) =>
    error === null ? resolve(stdout) : reject(error),
  );
  child.stdin?.end(image);
  return JSON.parse(await promise) as unknown;
}
