import { expect } from 'chai';
import { BoundedImageResizer } from '../../../../src/adapters/decorators/resize-bounded/index.ts';
import { Admission } from '../../../../src/domain/work/admission.ts';
import {
  CorruptImageError,
  ImageTooLargeError,
  OverloadedError,
} from '../../../../src/domain/errors/index.ts';
import type { ReducedImage } from '../../../../src/domain/image/reduced-image.ts';
import type { Thumbnail } from '../../../../src/domain/image/thumbnail.ts';
import type { ImageResizer, ThumbnailSpec } from '../../../../src/ports/image-resizer.ts';
import { rejection } from '../../../support/rejection.ts';

const SPEC: ThumbnailSpec = { size: 64, fit: 'inside', format: 'webp' };
const original = { format: 'png', width: 100, height: 100, bytes: 10 } as const;
const THUMBNAIL: Thumbnail = { bytes: new Uint8Array(1), format: 'webp', width: 64, height: 64, original };
const REDUCED: ReducedImage = {
  pixels: new Uint8Array(3),
  width: 1,
  height: 1,
  channels: 3,
  reachPx: 64,
  original,
};

/** Takes as many bytes of memory as the image has, and ends when it is told to. */
class HeldResizer implements ImageResizer {
  readonly running: PromiseWithResolvers<Thumbnail>[] = [];
  reduced = 0;

  memoryCost(image: Uint8Array): number {
    return image.length;
  }

  resize(): Promise<Thumbnail> {
    const run = Promise.withResolvers<Thumbnail>();
    this.running.push(run);
    return run.promise;
  }

  reduce(): Promise<ReducedImage> {
    this.reduced += 1;
    return Promise.resolve(REDUCED);
  }

  decodesQuickly(): boolean {
    return true;
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
    resizer.resize(new Uint8Array(costBytes), SPEC, { signal: stop });

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

  it('reduces an image when there is memory for it, and not at all where there never is', async () => {
    const reach = { size: 64, fit: 'inside' } as const;
    const holding = resize(60);
    await turns();
    const waiting = resizer.reduce(new Uint8Array(60), reach, { signal });
    await turns();
    expect(inner.reduced).to.equal(0);
    inner.running[0]!.resolve(THUMBNAIL);
    await holding;
    expect(await waiting).to.equal(REDUCED);
    expect(await resizer.reduce(new Uint8Array(101), reach, { signal })).to.equal(undefined);
    expect([inner.reduced, decodes.inside, decodes.spent]).to.deep.equal([1, 0, 0]);
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
    const error = await rejection(resize(101));
    expect(error).to.be.instanceOf(ImageTooLargeError);
    expect((error as Error).message).to.contain('more memory than this server gives one image');
    expect(() => resizer.memoryCost(new Uint8Array(101), SPEC)).to.throw(ImageTooLargeError);
    expect(inner.running).to.have.length(0);
  });

  it('turns away whoever finds the queue full', async () => {
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
