import { expect } from 'chai';
import type { ServerDeadlines } from '../../src/adapters/remote-server/circuit-breaker.ts';
import type { ThumbnailCache } from '../../src/ports/thumbnail-cache.ts';
import type { ServerProcess } from '../../scripts/kit/server-process.ts';
import { freshKey, sampleEntry } from './cache-entries.ts';
import { MINUTE_MS, expectRejectedAtOnce, recovered, unavailable } from './failing-cache.ts';

/** How a cache over the network outlasts what becomes of a real server. */
export function itOutlastsOutages<Server extends ServerProcess>(
  start: () => Promise<Server>,
  open: (server: Server, deadlines?: Partial<ServerDeadlines>) => Promise<ThumbnailCache>,
): void {
  it('that is killed and started again is used again', async () => {
    await using server = await start();
    const cache = await open(server);
    const key = freshKey();
    await cache.set(key, sampleEntry(), MINUTE_MS);
    await server.stop();
    await unavailable(cache.get(key));
    await expectRejectedAtOnce(cache, key);

    await server.start();
    expect(await recovered(cache, key), 'its memory is empty').to.equal(undefined);
    await cache.set(key, sampleEntry(), MINUTE_MS);
    expect(await cache.get(key)).to.deep.equal(sampleEntry());
    await cache.close();
  });

  it('that freezes is left alone until it answers again', async () => {
    await using server = await start();
    const cache = await open(server);
    const key = freshKey();
    await cache.set(key, sampleEntry(), MINUTE_MS);
    await server.pause();
    try {
      expect((await unavailable(cache.get(key))).message).to.match(/no answer within 1000 ms/);
      await expectRejectedAtOnce(cache, key);
    } finally {
      server.resume();
    }
    expect(await recovered(cache, key)).to.deep.equal(sampleEntry());
    await cache.close();
  });

  it('is not blamed for an event loop that was held up', async () => {
    await using server = await start();
    const cache = await open(server, { operationMs: 200 });
    const key = freshKey();
    await cache.set(key, sampleEntry(), MINUTE_MS);
    const pending = cache.get(key);
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
    expect(await pending).to.deep.equal(sampleEntry());
    await cache.close();
  });
}
