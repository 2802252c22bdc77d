import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { photograph } from '../../scripts/kit/images.ts';
import { startOrigin } from '../../scripts/kit/origin.ts';
import { childrenOf } from '../../scripts/kit/processes.ts';
import { below, pick, randomOf } from '../../scripts/kit/random.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';

const random = randomOf(30);
const SIZES = [64, 256] as const;
const FORMATS = ['png', 'webp'] as const;

/** Some leave what others still wait for. */
const CROWDS = 16;
const CROWD = 4;

/**
 * Kept nowhere, so that each is made again; two of the sources fit into what is kept of them. With one at a time others wait,
 * and their senders leave meanwhile.
 */
const SETTINGS = {
  RESIZE_CONCURRENCY: '1',
  MEMORY_CACHE_SIZE: '1B',
  KEPT_SOURCES_SIZE: '3MiB',
  THUMBNAIL_SIZES: SIZES.join(','),
  QUEUE_TIMEOUT: '30s',
};

/** Of an image that is fetched or sent; its name is the one of the file at the origin. */
interface Wanted {
  readonly name: string;
  readonly isSent: boolean;
  readonly size: number;
  readonly format: string;
}

for (const decoders of ['isolated', 'in-process']) {
  describe(`Thumbnails while clients leave and decoders die (${decoders})`, () => {
    let images: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

    before(async () => {
      const one = photograph({ width: 900, height: 700 });
      const other = photograph({ width: 902, height: 700 });
      images = new Map([
        ['/one.png', new Uint8Array(await one.png({ compressionLevel: 1 }).toBuffer())],
        ['/other.png', new Uint8Array(await other.png({ compressionLevel: 1 }).toBuffer())],
        ['/one.jpg', new Uint8Array(await one.jpeg({ quality: 97 }).toBuffer())],
        ['/other.jpg', new Uint8Array(await other.jpeg({ quality: 97 }).toBuffer())],
      ]);
    });

    it('are those of their own images', async () => {
      await using origin = await startOrigin();
      for (const [name, body] of images) origin.serve(name, { body });
      await using service = await RunningService.start({ ...SETTINGS, DECODERS: decoders });
      const ask = async ({ name, isSent, size, format }: Wanted, signal?: AbortSignal) => {
        const address = `${service.url}/thumbnail?size=${size}&format=${format}`;
        const sent = { method: 'POST', body: images.get(name)!, headers: { 'Content-Type': 'image/png' } };
        const answer = await (isSent
          ? fetch(address, { ...sent, signal: signal ?? null })
          : fetch(`${address}&url=${encodeURIComponent(origin.url(name))}`, { signal: signal ?? null }));
        const body = Buffer.from(await answer.arrayBuffer());
        return { status: answer.status, bytes: body.toString('base64') };
      };
      const alone = new Map<string, string>();
      const nameOf = ({ name, size, format }: Wanted) => `${name} ${size} ${format}`;
      for (const name of images.keys()) {
        for (const [index, size] of SIZES.entries()) {
          const wanted = { name, isSent: false, size, format: FORMATS[index]! };
          alone.set(nameOf(wanted), (await ask(wanted)).bytes);
        }
      }
      const names = [...images.keys()];
      const seen = { right: 0, left: 0, busy: 0 };
      const wrong: string[] = [];
      const oneOfCrowd = async (wanted: Wanted) => {
        const leaves = random() < 0.5 ? AbortSignal.timeout(below(random, 120)) : undefined;
        try {
          const { status, bytes } = await ask(wanted, leaves);
          if (status === 503) seen.busy += 1;
          else if (bytes === alone.get(nameOf(wanted))) seen.right += 1;
          else wrong.push(`${status} ${nameOf(wanted)}`);
        } catch (error) {
          if (leaves?.aborted !== true) throw error;
          seen.left += 1;
        }
      };
      const work = new AbortController();
      const killing = killAtRandom(service.pid, work.signal);
      for (let crowd = 0; crowd < CROWDS; crowd += 1) {
        const index = below(random, SIZES.length);
        const made = { size: SIZES[index]!, format: FORMATS[index]! };
        const [name, next] = [pick(random, names), pick(random, names)];
        const isSent = random() < 0.4;
        await Promise.all([
          oneOfCrowd({ name: next, isSent: !isSent, ...made }),
          ...Array.from({ length: CROWD }, () => oneOfCrowd({ name, isSent, ...made })),
        ]);
      }
      work.abort();
      await killing;
      expect(wrong).to.deep.equal([]);
      expect(Math.min(seen.right, seen.left), JSON.stringify(seen)).to.be.above(0);
    });
  });
}

/** What the service has started, which are its decoders. */
async function killAtRandom(service: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(300 + below(random, 900));
    const started = await childrenOf(service);
    if (started.length === 0) continue;
    try {
      process.kill(pick(random, started), 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}
