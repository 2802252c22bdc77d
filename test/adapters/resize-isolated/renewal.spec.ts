import { existsSync } from 'node:fs';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { IsolatedImageResizer, type Renewal } from '../../../src/adapters/resize-isolated/index.ts';
import { decoderOrder } from '../../support/decoder-order.ts';
import { isolatedOptions, isolatedResizer } from '../../support/isolated-resizer.ts';
import { until } from '../../support/metrics.ts';
import { childrenOf } from '../../../scripts/kit/processes.ts';

const MIB = 1024 * 1024;
const program = new URL('../../support/misbehaving-decoder.ts', import.meta.url).pathname;
const hasProc = existsSync('/proc/self/status');

describe('The pool of decoders', function () {
  let started: AsyncDisposableStack;
  const create = (renewal: Partial<Renewal>) => {
    const resizer = isolatedResizer({ program, renewal });
    started.defer(() => resizer.close());
    return resizer;
  };

  beforeEach(() => {
    started = new AsyncDisposableStack();
  });

  afterEach(() => started.disposeAsync());

  it('uses one decoder for images that come one after another', async () => {
    const resizer = create({});
    expect(new Set(await pids(resizer, 4))).to.have.property('size', 1);
  });

  it('renews a decoder after so many images', async () => {
    expect(new Set(await pids(create({ maxImages: 2 }), 6))).to.have.property('size', 3);
  });

  it('renews a decoder that holds too much between two images', async function () {
    if (!hasProc) this.skip();
    const resizer = create({ maxBytesAtRest: 100 * MIB });
    const [first] = await pids(resizer, 1);
    await decoderOrder(resizer, 'keep 20');
    expect(await pids(resizer, 1)).to.deep.equal([first]);
    for (let image = 0; image < 4; image += 1) await decoderOrder(resizer, 'keep 20');
    expect(await pids(resizer, 1)).not.to.deep.equal([first]);
  });

  it('takes the memory of decoders at rest back for an image that needs most of what all may', async function () {
    if (!hasProc) this.skip();
    const maxBytes = 200 * MIB;
    const resizer = isolatedResizer({ program, maxBytes, renewal: { freshBytes: 120 * MIB } });
    started.defer(() => resizer.close());
    const { signal } = new AbortController();
    const warm = await decoderOrder(resizer, 'pid');
    for (let image = 0; image < 5; image += 1) await decoderOrder(resizer, 'keep 20');
    // Now a second one, which comes to rest later, so that it is used next.
    await Promise.all(['sleep 100', 'sleep 1500'].map((order) => decoderOrder(resizer, order)));
    const isAlive = () => existsSync(`/proc/${warm}`);
    expect(await decoderOrder(resizer, 'pid', signal, maxBytes / 10)).not.to.equal(warm);
    expect(isAlive()).to.equal(true);
    expect(await decoderOrder(resizer, 'pid', signal, (maxBytes * 3) / 5)).not.to.equal(warm);
    await until(() => Promise.resolve(!isAlive()));
  });

  it('takes it from decoders of other kinds, too', async function () {
    if (!hasProc) this.skip();
    const maxBytes = 200 * MIB;
    const special = isolatedResizer({ program, maxBytes, renewal: { freshBytes: 0 } });
    const options = {
      ...isolatedOptions({ program, maxBytes }),
      onLargeImage: () => special.giveBackMemory(),
    };
    const usual = new IsolatedImageResizer(options);
    for (const resizer of [special, usual]) started.defer(() => resizer.close());
    const { signal } = new AbortController();
    const warm = await decoderOrder(special, 'pid');
    const isAlive = () => existsSync(`/proc/${warm}`);
    await decoderOrder(usual, 'pid', signal, maxBytes / 10);
    expect(isAlive()).to.equal(true);
    await decoderOrder(usual, 'pid', signal, (maxBytes * 3) / 5);
    await until(() => Promise.resolve(!isAlive()));
  });

  it('starts one ahead of need with the second image, so that the first has the processors', async function () {
    if (!hasProc) this.skip();
    const decoders = await countingDecoders();
    const resizer = create({});
    await decoderOrder(resizer, 'pid');
    await until(async () => (await decoders()) === 1);
    await decoderOrder(resizer, 'pid');
    await until(async () => (await decoders()) === 2);
  });

  it('starts none ahead of need where as many work as may', async function () {
    if (!hasProc) this.skip();
    const decoders = await countingDecoders();
    const resizer = new IsolatedImageResizer({ ...isolatedOptions({ program }), most: 2 });
    started.defer(() => resizer.close());
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(['sleep 100', 'sleep 100'].map((order) => decoderOrder(resizer, order)));
    }
    await until(async () => (await decoders()) === 2);
  });

  it('has one ready ahead of need, and one alone after a burst', async function () {
    if (!hasProc) this.skip();
    const decoders = await countingDecoders();
    const resizer = create({ idleMs: 1000 });
    await using folder = await mkdtempDisposable(join(tmpdir(), 'burst-'));
    const signal = join(folder.path, 'go');
    const burst = Promise.all(Array.from({ length: 3 }, () => decoderOrder(resizer, `wait ${signal}`)));
    await until(async () => (await decoders()) === 4);
    await writeFile(signal, '');
    await burst;
    await until(async () => (await decoders()) === 1);
    expect(await pids(resizer, 1)).to.have.length(1);
  });
});

/** Of those that are started from now on. */
async function countingDecoders(): Promise<() => Promise<number>> {
  const others = (await childrenOf(process.pid)).length;
  return async () => (await childrenOf(process.pid)).length - others;
}

async function pids(resizer: IsolatedImageResizer, images: number): Promise<string[]> {
  const all: string[] = [];
  for (let image = 0; image < images; image += 1) all.push(await decoderOrder(resizer, 'pid'));
  return all;
}
