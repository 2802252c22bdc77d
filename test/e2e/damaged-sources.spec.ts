import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { photograph } from '../../scripts/kit/images.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';

/** A little more than the second for which faults are remembered. */
const FORGOTTEN_AFTER_MS = 1100;

/** What decoders find out about a file is known to them alone at first: in their own processes, and in the service's. */
for (const decoders of ['isolated', 'in-process']) {
  describe(`half a file, and then the whole of it, with decoders ${decoders}`, () => {
    const held = new AsyncDisposableStack();
    let origin: Origin;
    let whole: Buffer;

    before(async () => {
      origin = held.use(await startOrigin());
      whole = await photograph({ width: 600, height: 400 }).webp().toBuffer();
    });
    after(() => held.disposeAsync());

    const start = async (settings: Record<string, string>) => {
      const service = await RunningService.start({ DECODERS: decoders, CACHE_TTL_MIN: '0s', ...settings });
      held.defer(() => service.stop().then(() => undefined));
      return service;
    };
    const serveHalf = (path: string, headers = {}) =>
      origin.serve(path, { body: whole.subarray(0, whole.length / 2), headers });
    const ask = async (service: RunningService, path: string, size = '64') => {
      const query = new URLSearchParams({ url: origin.url(path), size }).toString();
      const response = await fetch(`${service.url}/thumbnail?${query}`);
      await response.arrayBuffer();
      return response.status;
    };

    it('is asked for once by all who are told of it, kept or not', async () => {
      for (const kept of ['16MiB', '0B']) {
        const service = await start({ KEPT_SOURCES_SIZE: kept });
        const path = `/half-${kept}.webp`;
        serveHalf(path);
        const statuses = [];
        for (const size of ['64', '128', '256', '64']) statuses.push(await ask(service, path, size));
        expect(statuses, kept).to.deep.equal([422, 422, 422, 422]);
        expect(origin.hits(path), kept).to.equal(1);
      }
    });

    it('is asked for again once that is forgotten, and is whole', async () => {
      const service = await start({ CACHE_TTL_FAULTS: '1s' });
      for (const cacheControl of ['max-age=3600', 'max-age=1', 'no-cache']) {
        const path = `/${cacheControl}.webp`;
        serveHalf(path, { 'cache-control': cacheControl });
        expect(await ask(service, path), cacheControl).to.equal(422);
        origin.serve(path, { body: whole });
        await sleep(FORGOTTEN_AFTER_MS);
        expect(await ask(service, path), cacheControl).to.equal(200);
      }
    });
  });
}
