import { expect } from 'chai';
import { PartialDecoder } from '../../../src/domain/image/partial/partial-decoder.ts';
import { parseSourceUrl } from '../../../src/domain/request/source-url.ts';
import { Downloads } from '../../../src/domain/source/downloads.ts';
import { EndBySilence } from '../../../src/domain/source/silence.ts';
import { boxOf } from '../../../scripts/kit/spec.ts';
import { photograph } from '../../../scripts/kit/images.ts';
import { FakeFetcher, sourceAnswer } from '../../support/fakes.ts';
import { MockClock, turnOfTheLoop } from '../../support/mock-clock.ts';
import { rejection } from '../../support/rejection.ts';
import { admission, caller, hostsOf, memoryPool } from '../../support/service.ts';

const TIMEOUT_MS = 1500;
const url = parseSourceUrl('http://images.test/a.png');
const image = photograph({ width: 60, height: 40 }).png().toBuffer();

/** Downloads from a server that sends these pieces, each after a while (milliseconds), and then stays silent. */
function downloadsOf(pieces: readonly (readonly [afterMs: number, piece: Uint8Array])[], headers = {}) {
  async function* body() {
    for (const [afterMs, piece] of pieces) {
      await new Promise((resolve) => setTimeout(resolve, afterMs));
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
  let file: Uint8Array;
  let clock: MockClock;
  before(async () => (file = await image));
  beforeEach(() => (clock = new MockClock()));
  afterEach(() => clock[Symbol.dispose]());

  async function expectTimeout(starting: Promise<unknown>) {
    const error = rejection(starting);
    await clock.pass(TIMEOUT_MS);
    expect(await error).to.have.property('code', 'source-timeout');
  }

  it('ends behind a whole image', async () => {
    const { start, ended } = downloadsOf([
      [0, file.subarray(0, 100)],
      [0, file.subarray(100)],
    ]);
    const starting = start();
    await clock.pass(TIMEOUT_MS / 2);
    using download = await starting;
    expect(Buffer.from(file).equals(download.body?.bytes ?? new Uint8Array())).to.equal(true);
    expect(download.body).to.include({ isPart: false, wholeBytes: file.length });
    expect(ended()).to.equal(1);
  });

  it('is waited for where the image is not whole, and where more comes soon', async () => {
    const { start } = downloadsOf([
      [0, file.subarray(0, -20)],
      [700, file.subarray(-20)],
      [100, Buffer.from('more')],
    ]);
    await expectTimeout(start());
  });

  it('is not ended where there is a length, to which something is lacking', async () => {
    const { start } = downloadsOf([[0, file]], { 'content-length': String(file.length + 1) });
    await expectTimeout(start());
  });
});

describe('EndBySilence', () => {
  let clock: MockClock;
  beforeEach(() => (clock = new MockClock()));
  afterEach(() => clock[Symbol.dispose]());

  async function silence() {
    const file = await image;
    let ended = 0;
    const watch = new EndBySilence(() => (ended += 1), 50);
    return { watch, hear: () => watch.hear(file), ended: () => ended };
  }

  it('ends a body once, after the silence', async () => {
    const { watch, hear, ended } = await silence();
    hear();
    await clock.pass(49);
    expect([ended(), watch.isOver]).to.deep.equal([0, false]);
    await clock.pass(100);
    expect([ended(), watch.isOver]).to.deep.equal([1, true]);
  });

  it('ends none of which more was there already, in a loop that was held up, and read by then', async () => {
    const { watch, hear, ended } = await silence();
    hear();
    clock.jump(50);
    watch.interrupt();
    hear();
    await turnOfTheLoop();
    expect(ended()).to.equal(0);
    await clock.pass(50);
    expect(ended()).to.equal(1);
  });
});
