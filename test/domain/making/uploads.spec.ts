import { expect } from 'chai';
import { InvalidRequestError, SignatureRequiredError } from '../../../src/domain/errors/index.ts';
import type { ThumbnailRequest } from '../../../src/domain/request/source-request.ts';
import { imageOf } from '../../support/fakes.ts';
import { rejection } from '../../support/rejection.ts';
import {
  admission,
  caller,
  type Harness,
  harness,
  never,
  requestFor,
  memoryPool,
} from '../../support/service.ts';
import { type SpecFields } from '../../../scripts/kit/spec.ts';

/** An upload as a test watches it. */
interface Sent {
  readonly request: ThumbnailRequest;
  received: number;
  givenBack: number;
}

/** A request with an image of its own; its memory is taken away when it is given back, as an upload's is. */
function send(text = 'picture', spec: SpecFields = {}): Sent {
  const receive = () => {
    sent.received += 1;
    const bytes = new Uint8Array(imageOf(text));
    const giveBack = () => {
      sent.givenBack += 1;
      structuredClone(bytes, { transfer: [bytes.buffer] });
    };
    return Promise.resolve({ bytes, receivedMs: 7, [Symbol.dispose]: giveBack });
  };
  const wish = requestFor('http://images.example/', spec);
  const sent: Sent = {
    request: { ...wish, source: { kind: 'upload', receive } },
    received: 0,
    givenBack: 0,
  };
  return sent;
}

const ask = ({ service }: Pick<Harness, 'service'>, { request }: Sent, signal = never) =>
  service.thumbnail(request, {}, caller(signal));

/** A harness whose thumbnails are made when the test says so. */
function waiting(h: Harness): { readonly release: () => void } {
  const released = Promise.withResolvers<undefined>();
  const resize = h.resizer.resize.bind(h.resizer);
  h.resizer.resize = async (image, spec) => {
    await released.promise;
    return resize(image, spec);
  };
  return { release: () => released.resolve(undefined) };
}

describe('an upload', () => {
  it('is found again by its bytes', async () => {
    const h = harness();
    const made = await ask(h, send());
    expect(made).to.include({ cacheStatus: 'miss', stored: true });
    expect(made.timings).to.include({ fetchMs: 7 });
    expect(Buffer.from(made.entry.thumbnail.bytes).toString()).to.equal('picture 128 inside webp');
    expect((await ask(h, send())).cacheStatus).to.equal('hit');
    expect((await ask(h, send('pictur!'))).cacheStatus).to.equal('miss');
    expect((await ask(h, send('picture', { size: 64 }))).cacheStatus).to.equal('miss');
    expect(h.fetcher.fetched).to.be.empty;
  });

  it('is found again by its bytes where it is a sample', async () => {
    const h = harness();
    await ask(h, send());
    const source = { kind: 'sample', bytes: imageOf('picture') } as const;
    const sample: ThumbnailRequest = { ...send().request, source };
    expect((await h.service.thumbnail(sample, {}, caller())).cacheStatus).to.equal('hit');
  });

  it('shares no key with an address, whatever that is called', async () => {
    const h = harness();
    await ask(h, send());
    await h.service.thumbnail(requestFor('http://images.example/sha256:picture'), {}, caller());
    expect(h.cache.kept).to.have.length(2);
  });

  it('may ask for what a remote source may be asked for, and is not received where it may not', async () => {
    const large = send('picture', { size: 65 });
    expect(await rejection(ask(harness(), large))).to.be.instanceOf(InvalidRequestError);
    const strict = harness({ requests: { signatures: 'required' } });
    const unsigned = send();
    expect(await rejection(ask(strict, unsigned))).to.be.instanceOf(SignatureRequiredError);
    expect(() => strict.service.checkUnsigned()).to.throw(SignatureRequiredError);
    expect([large.received, unsigned.received]).to.deep.equal([0, 0]);
  });

  it('fails as it is received with what the receiver says, and keeps nothing', async () => {
    const h = harness();
    const receive = () => Promise.reject(new InvalidRequestError('image', 'no'));
    const failing = h.service.thumbnail(
      { ...send().request, source: { kind: 'upload', receive } },
      {},
      caller(),
    );
    expect(await rejection(failing)).to.have.property('message', 'no');
    expect(h.cache.entries).to.be.empty;
  });
});

describe('slots for an upload', () => {
  it('are one among the misses and as many bytes as it may have, given back once', async () => {
    const [misses, downloadBytes] = [admission({ budget: 0 }), memoryPool()];
    const { service } = harness({ misses, downloadBytes });
    const slots = await service.admitUpload(1000, caller());
    await slots.growTo(1000);
    expect([misses.inside, downloadBytes.spent]).to.deep.equal([1, 1000]);
    for (let time = 0; time < 2; time += 1) slots[Symbol.dispose]();
    expect([misses.inside, downloadBytes.spent]).to.deep.equal([0, 0]);
  });

  it('are none where there is no room for its bytes', async () => {
    const [misses, downloadBytes] = [admission({ budget: 0 }), memoryPool(100, 20)];
    const { service } = harness({ misses, downloadBytes });
    using first = await service.admitUpload(80, caller());
    await first.growTo(80);
    using second = await service.admitUpload(30, caller());
    expect(await rejection(second.growTo(30)!)).to.include({ code: 'overloaded' });
    expect([misses.inside, downloadBytes.spent]).to.deep.equal([2, 80]);
  });
});

describe('an upload is given back', () => {
  let h: Harness;
  beforeEach(() => (h = harness()));

  it('once its thumbnail is made, and not before', async () => {
    const work = waiting(h);
    const sent = send();
    const made = ask(h, sent);
    await turns();
    expect(sent.givenBack).to.equal(0);
    work.release();
    await made;
    expect(sent.givenBack).to.equal(1);
  });

  it('at once where there is a hit', async () => {
    await ask(h, send());
    const again = send();
    await ask(h, again);
    expect(again.givenBack).to.equal(1);
  });

  it('after its stale thumbnail was answered with and made again', async () => {
    await ask(h, send());
    h.now += 60_000;
    const again = send();
    expect((await ask(h, again)).cacheStatus).to.equal('stale');
    await turns();
    expect(again.givenBack).to.equal(1);
    expect((await ask(h, send())).cacheStatus).to.equal('hit');
    expect(h.refreshFaults).to.be.empty;
  });

  it('where its thumbnail cannot be made, and where the error is remembered', async () => {
    const noImage = () => {
      const sent = send();
      const { source } = sent.request;
      if (source.kind !== 'upload') throw new Error('not an upload');
      const receive = async () => ({ ...(await source.receive()), bytes: Buffer.from('text') });
      return { sent, request: { ...sent.request, source: { ...source, receive } } };
    };
    for (let time = 0; time < 2; time += 1) {
      const { sent, request } = noImage();
      const error = await rejection(h.service.thumbnail(request, {}, caller()));
      expect(error).to.have.property('code', 'unsupported-image');
      expect(sent.givenBack).to.equal(1);
    }
    h.resizer.answer = () => Promise.reject(new Error('defect'));
    const failing = send();
    expect(await rejection(ask(h, failing))).to.have.property('message', 'defect');
    expect(failing.givenBack).to.equal(1);
  });

  it('where the cache cannot be asked', async () => {
    h.cache.get = () => Promise.reject(new Error('no cache'));
    const sent = send();
    expect(await rejection(ask(h, sent))).to.have.property('message', 'no cache');
    expect(sent.givenBack).to.equal(1);
  });

  it('where its sender left before the work began', async () => {
    const sent = send();
    expect(await rejection(ask(h, sent, AbortSignal.abort(new Error('left'))))).to.have.property(
      'message',
      'left',
    );
    expect(sent.givenBack).to.equal(1);
  });

  it('at once where the same one is worked on already', async () => {
    const work = waiting(h);
    const [first, second] = [send(), send()];
    const both = Promise.all([ask(h, first), ask(h, second)]);
    await turns();
    expect([first.givenBack, second.givenBack]).to.deep.equal([0, 1]);
    work.release();
    await both;
    expect([first.givenBack, second.givenBack, h.resizer.resized]).to.deep.equal([1, 1, 1]);
  });

  it('only when the work has ended, though its sender left while a second one waits', async () => {
    const work = waiting(h);
    const [first, second] = [send(), send()];
    const client = new AbortController();
    const left = rejection(ask(h, first, client.signal));
    await turns();
    const made = ask(h, second);
    await turns();
    client.abort(new Error('left'));
    expect(await left).to.have.property('message', 'left');
    expect([first.givenBack, second.givenBack]).to.deep.equal([0, 1]);
    work.release();
    expect(Buffer.from((await made).entry.thumbnail.bytes).toString()).to.equal('picture 128 inside webp');
    expect([first.givenBack, h.resizer.resized]).to.deep.equal([1, 1]);
  });

  it('only when the resizer is done with it, though all have left', async () => {
    const work = waiting(h);
    const sent = send();
    const client = new AbortController();
    const left = rejection(ask(h, sent, client.signal));
    await turns();
    client.abort(new Error('left'));
    await left;
    await turns();
    expect(sent.givenBack).to.equal(0);
    work.release();
    await turns();
    expect(sent.givenBack).to.equal(1);
  });
});

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
