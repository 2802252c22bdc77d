import { availableParallelism } from 'node:os';
import { thumbnail } from '../asks.ts';
import type { Bench } from '../bench.ts';
import { SERVER_SOURCES } from '../catalogue.ts';
import { Child } from '../child.ts';
import type { SmallestServer } from '../floors/smallest-server.ts';
import { ipxPeer, ipxThumbnail, listening } from '../ipx-peer.ts';
import { type Ask, ask, measure, walk } from '../load.ts';
import { type Miss, MissRig, oneSizeEach } from '../miss-rig.ts';
import { type Source, madeSources } from '../sources.ts';

const CONCURRENCY = 8;
/** A PNG of 12 megapixels of noise has more bytes than the service takes by default. */
const LARGE_FILES = { MAX_SOURCE_SIZE: '64MiB' };
const MODULE = new URL('../floors/smallest-server.ts', import.meta.url);

/** Misses of each format, of 2 and 12 megapixels, beside the smallest server that downloads and calls sharp, and ipx. */
export async function measureServer(bench: Bench): Promise<void> {
  if (!bench.isLocal) {
    bench.leaveOut('misses beside the smallest server', 'the service is elsewhere');
    return;
  }
  const { sources: own, urls } = bench.options;
  const isMade = own === undefined && urls === undefined;
  const sources = isMade
    ? await madeSources((text) => console.log(text), SERVER_SOURCES)
    : await bench.sources();
  await using rig = await MissRig.start(bench, 'misses by format', sources, LARGE_FILES);
  const threads = { UV_THREADPOOL_SIZE: String(availableParallelism() + 1) };
  await using server = new Child<SmallestServer>(MODULE, bench.signal, threads);
  const url = `http://127.0.0.1:${await server.call('listen', undefined)}`;
  await using ipx = ipxPeer(bench, threads);
  const ipxUrl = ipx && `http://127.0.0.1:${await listening(ipx)}`;
  for (const source of sources) {
    let list: readonly Miss[] = [];
    const title = `misses of ${source.name}, ${CONCURRENCY} at once`;
    const floor = {
      title: 'smallest server',
      goal: 0.95,
      run: () => {
        list = oneSizeEach([source], 2 * CONCURRENCY * Math.ceil(bench.scale.passes / 4), bench.seed);
        return measure(server.pid, () => walk(list, CONCURRENCY, (miss) => askFloor(url, miss)));
      },
    };
    const peer = ipx && {
      title: 'ipx',
      goal: 1,
      cpuGoal: 1,
      run: () => measure(ipx.pid, () => walk(list, CONCURRENCY, (miss) => askPeer(ipxUrl ?? '', miss))),
    };
    const serve = () => rig.serve(title, list, CONCURRENCY);
    const floors = peer === undefined ? [floor] : [floor, peer];
    await bench.takeTurns({ id: `server.${source.name}`, title, cpuGoal: cpuGoalOf(source) }, serve, floors);
  }
  await rig.service.end();

  function askFloor(base: string, { source, size, format }: Miss): Promise<void> {
    return expectOk('the smallest server', base, thumbnail(rig.origin.freshUrl(source), size, format));
  }

  function askPeer(base: string, { source, size, format }: Miss): Promise<void> {
    return expectOk('ipx', base, ipxThumbnail(rig.origin.freshUrl(source), size, format));
  }

  async function expectOk(who: string, base: string, one: Ask): Promise<void> {
    const { status } = await ask(base, one);
    if (status !== 200) bench.fault(`${who} answered ${status} for ${one.path}`);
  }
}

/** Of a small JPEG, which costs least to decode, what a request costs besides is a larger part. */
function cpuGoalOf({ format, width, height }: Source): number {
  return format === 'jpeg' && width * height < 3e6 ? 1.15 : 1.1;
}
