import { expect } from 'chai';
import {
  ONE_PUBLIC_ADDRESS,
  PUBLIC,
  ask,
  expectNothingInternal,
  expectUnharmed,
  peakMemory,
} from '../support/attack.ts';
import { mutate, sampleImages } from '../../scripts/kit/mutations.ts';
import { below, pick, randomOf } from '../../scripts/kit/random.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';

const FILES = 400;
const AT_ONCE = 4;

/** On a busy machine, too; a quiet one takes a fiftieth of it. */
const SLOWEST_MS = 20_000;

describe('attack 20: broken files of every kind, through a running process', () => {
  let service: RunningService;
  let origin: Origin;

  before(async () => {
    service = await RunningService.start({
      ...ONE_PUBLIC_ADDRESS,
      // As in a task of 512 MiB.
      MEMORY_BUDGET: '204MiB',
      RESIZE_CONCURRENCY: '1',
      THUMBNAIL_CACHE: 'none',
    });
    origin = await startOrigin(PUBLIC);
  });
  after(async () => {
    await service[Symbol.asyncDispose]();
    await origin[Symbol.asyncDispose]();
  });

  it(`${FILES} of them are refused or become thumbnails, none slowly, and the process lives`, async () => {
    const samples = [...(await sampleImages())];
    const others = samples.map(([, bytes]) => bytes);
    const statuses = new Map<number, number>();
    let next = 0;
    const client = async () => {
      for (let at = next++; at < FILES; at = next++) {
        const random = randomOf(at);
        const [name, sample] = samples[at % samples.length]!;
        origin.serve(`/${at}`, { body: mutate(sample, others, random) });
        const startedAt = performance.now();
        const wish = {
          size: pick(random, ['64', '128', '256']),
          format: pick(random, ['jpeg', 'webp', 'png', 'avif']),
        };
        const { status, body } = await ask(service, origin.url(`/${at}?${below(random, 9)}`), wish);
        expect(status, `${name} (damage ${at})`).to.be.oneOf([200, 422]);
        expect(performance.now() - startedAt, `${name} (damage ${at})`).to.be.below(SLOWEST_MS);
        if (status === 422) expectNothingInternal(body.toString(), name);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, client));
    // Damage that is all harmless, or all fatal, would try little of the decoders.
    expect(statuses.get(200), 'thumbnails').to.be.above(FILES / 20);
    expect(statuses.get(422), 'refusals').to.be.above(FILES / 4);
    await expectUnharmed(service);
    expect(await peakMemory(service), 'memory').to.be.below(450 * 1024 * 1024);
  });
});
