import { expect } from 'chai';
import { BoundedImageResizer } from '../../../../src/adapters/decorators/resize-bounded/index.ts';
import { Admission } from '../../../../src/domain/work/admission.ts';
import {
  CorruptImageError,
  ImageTooLargeError,
  OverloadedError,
} from '../../../../src/domain/errors/index.ts';
import type { ImageFile } from '../../../../src/domain/image/image-file.ts';
import { PLAIN } from '../../../../src/domain/image/image-header/raster-header.ts';
import {
  type DecodedImage,
  type IntermediateImage,
  isIntermediate,
} from '../../../../src/domain/image/intermediate-image.ts';
import type { Thumbnail } from '../../../../src/domain/image/thumbnail.ts';
import type { ThumbnailSpec } from '../../../../src/domain/request/thumbnail-spec.ts';
import type { ImageResizer } from '../../../../src/ports/image-resizer.ts';
import { rejection } from '../../../support/rejection.ts';
import { specOf } from '../../../../scripts/kit/spec.ts';

const SPEC: ThumbnailSpec = specOf({ size: 64, fit: 'inside', format: 'webp' });
/** Its own pixels take 8 bytes. */
const TINY: ThumbnailSpec = { ...SPEC, width: 1, height: 1 };
const original = { format: 'png', width: 100, height: 100, bytes: 10 } as const;
const THUMBNAIL: Thumbnail = { bytes: new Uint8Array(1), format: 'webp', width: 64, height: 64, original };
const INTERMEDIATE: IntermediateImage = {
  plan: 'any',
  pixels: new Uint8Array(90),
  width: 6,
  height: 5,
  channels: 3,
  original,
};

function fileOf(length: number, width = 1, height = 1): ImageFile {
  const header = { ...PLAIN, format: 'png', width, height } as const;
  return { bytes: new Uint8Array(length), format: 'png', header, isPart: false, wholeBytes: length };
}

/** Takes as many bytes of memory as the image has, and ends when it is told to. */
class HeldResizer implements ImageResizer {
  readonly running: PromiseWithResolvers<Thumbnail>[] = [];
  decoded = 0;

  memoryCost(image: ImageFile | IntermediateImage): number {
    return isIntermediate(image) ? image.pixels.length : image.bytes.length;
  }

  resize(): Promise<Thumbnail> {
    const run = Promise.withResolvers<Thumbnail>();
    this.running.push(run);
    return run.promise;
  }

  decode(): Promise<DecodedImage> {
    this.decoded += 1;
    return Promise.resolve({ image: INTERMEDIATE });
  }

  planOf(): string {
    return INTERMEDIATE.plan;
  }
}

describe('resize-bounded', () => {
  const { signal } = new AbortController();
  let inner: HeldResizer;
  let decodes: Admission;
  let resizer: BoundedImageResizer;

  beforeEach(() => {
    inner = new HeldResizer();
    decodes = new Admission({ places: 2, budget: 100, queueLimit: 1, queueTimeoutMs: 60_000 });
    resizer = new BoundedImageResizer({ resizer: inner, decodes });
  });

  const resize = (costBytes: number, stop = signal) =>
    resizer.resize(fileOf(costBytes), SPEC, { signal: stop });

  it('holds an image back until there is memory for it', async () => {
    const first = resize(60);
    const second = resize(60);
    await turns();
    expect([inner.running.length, decodes.spent, decodes.waiting]).to.deep.equal([1, 60, 1]);
    inner.running[0]!.resolve(THUMBNAIL);
    expect(await first).to.equal(THUMBNAIL);
    await turns();
    expect([inner.running.length, decodes.spent]).to.deep.equal([2, 60]);
    inner.running[1]!.resolve(THUMBNAIL);
    await second;
    expect([decodes.inside, decodes.spent]).to.deep.equal([0, 0]);
  });

  it('decodes an image when there is memory for it, and refuses where there never is', async () => {
    const holding = resize(60);
    await turns();
    const waiting = resizer.decode!(fileOf(60), SPEC, { signal });
    await turns();
    expect(inner.decoded).to.equal(0);
    inner.running[0]!.resolve(THUMBNAIL);
    await holding;
    expect((await waiting).image).to.equal(INTERMEDIATE);
    expect(await rejection(resizer.decode!(fileOf(101), SPEC, { signal }))).to.be.instanceOf(
      ImageTooLargeError,
    );
    expect([inner.decoded, decodes.inside, decodes.spent]).to.deep.equal([1, 0, 0]);
  });

  it('holds an intermediate image back, too', async () => {
    const holding = resize(60);
    const waiting = resizer.resize(INTERMEDIATE, SPEC, { signal });
    await turns();
    expect(inner.running).to.have.length(1);
    inner.running[0]!.resolve(THUMBNAIL);
    await holding;
    await turns();
    expect(decodes.spent).to.equal(90);
    inner.running[1]!.resolve(THUMBNAIL);
    await waiting;
  });

  it('takes the estimate where the resizer does not say, and needs no more of it than resize', async () => {
    const least = { resize: () => inner.resize() };
    resizer = new BoundedImageResizer({ resizer: least, decodes });
    expect([resizer.decode, resizer.planOf, resizer.memoryCost]).to.deep.equal([
      undefined,
      undefined,
      undefined,
    ]);
    const running = resizer.resize(fileOf(1, 4, 2), TINY, { signal });
    await turns();
    expect(decodes.spent).to.equal(72);
    inner.running[0]!.resolve(THUMBNAIL);
    await running;
    expect(await rejection(resizer.resize(fileOf(1, 13, 1), TINY, { signal }))).to.be.instanceOf(
      ImageTooLargeError,
    );
    expect(await rejection(resizer.resize(INTERMEDIATE, TINY, { signal }))).to.be.instanceOf(
      ImageTooLargeError,
    );
    await resizer.close();
  });

  it('gives the place back when the resizer fails', async () => {
    const failing = resize(100);
    await turns();
    const failure = new CorruptImageError();
    inner.running[0]!.reject(failure);
    expect(await rejection(failing)).to.equal(failure);
    expect([decodes.inside, decodes.spent]).to.deep.equal([0, 0]);
  });

  it('refuses at once what the budget could never hold', async () => {
    const error = await rejection(resizer.resize(fileOf(101, 30, 20), SPEC, { signal }));
    expect(error).to.be.instanceOf(ImageTooLargeError);
    expect((error as Error).message).to.match(
      /more memory than one image may use\. It has 600 pixels, and the limit for PNG images encoded like it is 594/,
    );
    expect(inner.running).to.have.length(0);
  });

  it('lets an AVIF that exceeds the budget be decoded alone, and no other format', async () => {
    const roomy = new Admission({ places: 2, budget: 100, alone: 190, queueLimit: 1, queueTimeoutMs: 1000 });
    const bounded = new BoundedImageResizer({ resizer: inner, decodes: roomy });
    const { signal } = new AbortController();
    const avif = (length: number): ImageFile => {
      const file = fileOf(length, 4000, 3000);
      return { ...file, format: 'avif', header: { ...file.header, format: 'avif' } };
    };
    expect(await rejection(bounded.resize(fileOf(150), SPEC, { signal }))).to.be.instanceOf(
      ImageTooLargeError,
    );
    const tooLarge = await rejection(bounded.resize(avif(380), SPEC, { signal }));
    expect((tooLarge as Error).message).to.contain(
      'It has 12 megapixels, and the limit for AVIF images encoded like it is 6.',
    );
    const alone = bounded.resize(avif(190), SPEC, { signal });
    await turns();
    expect([roomy.inside, roomy.spent]).to.deep.equal([1, 190]);
    inner.running.at(-1)!.resolve(THUMBNAIL);
    await alone;
  });

  it('refuses requests that find the queue full', async () => {
    const running = resize(100);
    const waiting = resize(100);
    expect(await rejection(resize(100))).to.be.instanceOf(OverloadedError);
    await turns();
    inner.running[0]!.resolve(THUMBNAIL);
    await running;
    await turns();
    inner.running[1]!.resolve(THUMBNAIL);
    await waiting;
  });

  it('lets one that waits leave with the reason of its signal', async () => {
    const running = resize(100);
    const leaving = new AbortController();
    const waiting = resize(10, leaving.signal);
    const reason = new Error('gone');
    leaving.abort(reason);
    expect(await rejection(waiting)).to.equal(reason);
    inner.running[0]!.resolve(THUMBNAIL);
    await running;
    expect([inner.running.length, decodes.waiting, decodes.spent]).to.deep.equal([1, 0, 0]);
  });
});

/** Lets promises that are due settle. */
function turns(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
