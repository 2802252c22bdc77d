import { expect } from 'chai';
import sharp from 'sharp';
import { photograph } from '../../../scripts/kit/images.ts';
import { countFrames } from '../../../src/domain/image/frame-count.ts';
import type { ImageFile } from '../../../src/domain/image/image-file.ts';
import { isIntermediate } from '../../../src/domain/image/intermediate-image.ts';
import { bodyOf, sourceAnswer } from '../../support/fakes.ts';
import { rejection } from '../../support/rejection.ts';
import { caller, harness, requestFor } from '../../support/service.ts';

const MIB = 1024 * 1024;
const URL = 'http://images.example/a.gif';
const STILL = requestFor(URL, { size: 64 });
const ANIMATED = requestFor(URL, { size: 64, animated: true });

async function animation(frames: number, width = 300, height = 200): Promise<Buffer> {
  const images = await Promise.all(
    Array.from({ length: frames }, (_, at) =>
      photograph({ width, height })
        .modulate({ brightness: 1 - at / 10 })
        .png()
        .toBuffer(),
    ),
  );
  return sharp(images, { join: { animated: true } })
    .gif({ effort: 1 })
    .toBuffer();
}

/** A service whose source is that file, with what its resizer is handed. */
function serving(file: Buffer, keptSourcesBytes = 0) {
  const h = harness({ keptSourcesBytes, requests: { animations: 'open' }, limits: { maxBytes: 8 * MIB } });
  const frames: number[] = [];
  const resize = h.resizer.resize.bind(h.resizer);
  h.resizer.resize = (image, spec) => {
    if (!isIntermediate(image)) frames.push(framesIn(image));
    return resize(image, spec);
  };
  h.fetcher.answer = () => {
    const pieces = Array.from({ length: Math.ceil(file.length / 4096) }, (_, at) =>
      file.subarray(at * 4096, (at + 1) * 4096),
    );
    return Promise.resolve({ ...sourceAnswer('', {}), body: bodyOf(pieces) });
  };
  return { ...h, frames };
}

function framesIn(image: ImageFile): number {
  return countFrames(image);
}

describe('reading an animation', () => {
  it('ends with its first frame, unless it is to stay one', async () => {
    const { service, frames } = serving(await animation(3));
    await service.thumbnail(STILL, {}, caller());
    await service.thumbnail(ANIMATED, {}, caller());
    expect(frames).to.deep.equal([1, 3]);
  });

  it('takes none that was read or kept for its first frame', async () => {
    const { service, frames, fetcher } = serving(await animation(3), MIB);
    await service.thumbnail(STILL, {}, caller());
    await service.thumbnail(ANIMATED, {}, caller());
    await service.thumbnail(requestFor(URL, { size: 128 }), {}, caller());
    expect([frames[0], frames[1]]).to.deep.equal([1, 3]);
    expect(fetcher.fetched).to.have.length(2);
  });

  it('is no other where both are asked for at a time', async () => {
    for (const requests of [
      [STILL, ANIMATED],
      [ANIMATED, STILL],
    ]) {
      const { service, frames } = serving(await animation(3));
      await Promise.all(requests.map((request) => service.thumbnail(request, {}, caller())));
      expect(frames).to.include(3);
    }
  });

  it('refuses one of too many frames or pixels that is to stay one, and no other', async () => {
    for (const [file, sentence] of [
      [await animation(4), 'has 4 frames, and the limit is 3'],
      [await animation(3, 700, 500), 'has 1.1 megapixels in all its frames, and the limit is 1'],
    ] as const) {
      const { service } = serving(file, MIB);
      await service.thumbnail(STILL, {}, caller());
      const error = await rejection(service.thumbnail(ANIMATED, {}, caller()));
      expect(error).to.include({ code: 'image-too-large' });
      expect(error).to.have.property('message').that.includes(sentence);
    }
  });
});
