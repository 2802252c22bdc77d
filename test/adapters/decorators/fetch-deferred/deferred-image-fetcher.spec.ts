import { expect } from 'chai';
import { DeferredImageFetcher } from '../../../../src/adapters/decorators/fetch-deferred/index.ts';
import { OverloadedError } from '../../../../src/domain/errors/index.ts';
import { parseSourceUrl } from '../../../../src/domain/request/source-url.ts';
import { FakeFetcher } from '../../../support/fakes.ts';
import { rejection } from '../../../support/rejection.ts';

const source = parseSourceUrl('http://images.example/a.jpg');
const { signal } = new AbortController();

describe('fetch-deferred', () => {
  let loaded: number;
  const deferred = (fetcher: FakeFetcher) =>
    new DeferredImageFetcher({
      load: () => {
        loaded += 1;
        return Promise.resolve(fetcher);
      },
    });
  beforeEach(() => (loaded = 0));

  it('loads the fetcher once, and not before it is needed', async () => {
    const fetcher = deferred(new FakeFetcher());
    expect(loaded).to.equal(0);
    await Promise.all([
      fetcher.fetch(source, { signal }),
      fetcher.warmUp(),
      fetcher.fetch(source, { signal }),
    ]);
    expect(loaded).to.equal(1);
  });

  it('loads it ahead of the first fetch when it is told to', async () => {
    const fetcher = deferred(new FakeFetcher());
    await fetcher.warmUp();
    expect(loaded).to.equal(1);
  });

  it('tells each fetch when it cannot be loaded, and tries again with the next', async () => {
    const fault = new Error('no such package');
    const loads = [Promise.reject(fault), Promise.reject(fault), Promise.resolve(new FakeFetcher())];
    const fetcher = new DeferredImageFetcher({ load: () => loads.shift()! });
    expect(await rejection(fetcher.warmUp())).to.equal(fault);
    expect(await rejection(fetcher.fetch(source, { signal }))).to.equal(fault);
    expect(await fetcher.fetch(source, { signal })).to.have.property('body');
  });

  it('prepares as the fetcher does, or fetches where that does not prepare', async () => {
    const plain = new FakeFetcher();
    const fetchPlainly = await deferred(plain).prepare(source, { signal });
    expect(plain.fetched).to.deep.equal([]);
    await fetchPlainly({ signal });
    expect(plain.fetched).to.deep.equal([source.href]);
    const fault = new Error('no such name');
    const preparing = Object.assign(new FakeFetcher(), { prepare: () => Promise.reject(fault) });
    expect(await rejection(deferred(preparing).prepare(source, { signal }))).to.equal(fault);
  });

  it('loads nothing in order to close, and refuses fetches from then on', async () => {
    const fetcher = deferred(new FakeFetcher());
    await fetcher.close();
    expect(await rejection(fetcher.fetch(source, { signal }))).to.be.instanceOf(OverloadedError);
    expect(loaded).to.equal(0);
  });

  it('refuses a fetch that waits for the library when it is closed', async () => {
    const library = Promise.withResolvers<FakeFetcher>();
    const fetcher = new DeferredImageFetcher({ load: () => library.promise });
    const refused = rejection(fetcher.fetch(source, { signal }));
    await fetcher.close();
    library.resolve(new FakeFetcher());
    expect(await refused).to.be.instanceOf(OverloadedError);
  });
});
