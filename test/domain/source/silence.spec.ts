import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { PartialDecoder } from '../../../src/domain/image/partial/partial-decoder.ts';
import { parseSourceUrl } from '../../../src/domain/request/source-url.ts';
import { Downloads } from '../../../src/domain/source/downloads.ts';
import { boxOf } from '../../../scripts/kit/spec.ts';
import { photograph } from '../../../scripts/kit/images.ts';
import { FakeFetcher, sourceAnswer } from '../../support/fakes.ts';
import { rejection } from '../../support/rejection.ts';
import { admission, caller, hostsOf, memoryPool } from '../../support/service.ts';

const TIMEOUT_MS = 1500;
const url = parseSourceUrl('http://images.test/a.png');
const image = photograph({ width: 60, height: 40 }).png().toBuffer();

/** Downloads from a server that sends these pieces, each after a while (milliseconds), and then stays silent. */
function downloadsOf(pieces: readonly (readonly [afterMs: number, piece: Uint8Array])[], headers = {}) {
  async function* body() {
    for (const [afterMs, piece] of pieces) {
      await sleep(afterMs);
      yield piece;
    }
    await new Promise(() => undefined);
  }
  const fetcher = new FakeFetcher();
  let ended = 0;
  const [misses, downloadBytes, hosts] = [admission(), memoryPool(), hostsOf()];
  fetcher.answer = () =>
    Promise.resolve({
      ...sourceAnswer('', { headers }),
      body: body(),
      [Symbol.dispose]: () => (ended += 1),
    });
  const limits = { maxBytes: 1e6, timeoutMs: TIMEOUT_MS, partialDownloads: true };
  const downloads = new Downloads({ fetcher, limits, hosts, misses, downloadBytes, now: Date.now });
  return {
    start: () => downloads.start({ url, endsWith: new PartialDecoder(boxOf(64)) }, caller()),
    ended: () => ended,
  };
}

describe('a body of unknown length that stays open', () => {
  it('ends behind a whole image', async () => {
    const file = await image;
    const { start, ended } = downloadsOf([
      [0, file.subarray(0, 100)],
      [0, file.subarray(100)],
    ]);
    using download = await start();
    expect(Buffer.from(download.body?.bytes ?? []).equals(file)).to.equal(true);
    expect(download.body).to.include({ isPart: false, wholeBytes: file.length });
    expect(ended()).to.equal(1);
  });

  it('is waited for where the image is not whole, and where more comes soon', async () => {
    const file = await image;
    const { start } = downloadsOf([
      [0, file.subarray(0, -20)],
      [700, file.subarray(-20)],
      [100, Buffer.from('more')],
    ]);
    expect(await rejection(start())).to.have.property('code', 'source-timeout');
  });

  it('is not ended where there is a length, to which something is lacking', async () => {
    const file = await image;
    const { start } = downloadsOf([[0, file]], { 'content-length': String(file.length + 1) });
    expect(await rejection(start())).to.have.property('code', 'source-timeout');
  });
});
