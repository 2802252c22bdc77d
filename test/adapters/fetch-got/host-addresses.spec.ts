import { expect } from 'chai';
import { HostAddresses } from '../../../src/adapters/fetch-got/host-addresses.ts';
import { parseNetworks } from '../../../src/adapters/fetch-got/index.ts';
import { OverloadedError, SourceForbiddenError } from '../../../src/domain/errors/index.ts';
import { rejection } from '../../support/rejection.ts';
import { caller } from '../../support/service.ts';
import { namesOf } from './fetching.ts';

const NOT_FOUND = Object.assign(new Error('not found'), { code: 'ENOTFOUND' });

describe('HostAddresses', () => {
  const failing = (error: Error) => Promise.reject(error);
  const hosts = (resolve: () => Promise<{ address: string; family: number }[]>, allowed: string[] = []) =>
    new HostAddresses({
      names: { resolve, isInside: (name) => name.endsWith('.internal') },
      addresses: { allowedPrivateNetworks: parseNetworks(allowed) },
    });
  const at = (address: string) => () => Promise.resolve([{ address, family: 4 }]);

  it('are those of a name if all of them are allowed', async () => {
    const names = namesOf(['1.1.1.1', '2606:4700::1'], ['1.1.1.1', '10.0.0.1']);
    const found = new HostAddresses({ names, addresses: { allowedPrivateNetworks: [] } });
    expect(await found.of('a.example', caller())).to.have.length(2);
    expect(await rejection(found.of('a.example', caller()))).to.be.instanceOf(SourceForbiddenError);
  });

  it('reject as the look-up does of a name outside', async () => {
    expect(await rejection(hosts(() => failing(NOT_FOUND)).of('a.example', caller()))).to.equal(NOT_FOUND);
  });

  it('are those of a name inside only where they are allowed', async () => {
    const found = await hosts(at('10.0.0.1'), ['10.0.0.0/8']).of('a.internal', caller());
    expect(found).to.deep.equal([{ address: '10.0.0.1', family: 4 }]);
    for (const resolve of [at('10.0.0.1'), at('127.0.0.1'), () => failing(NOT_FOUND)]) {
      const startedAt = performance.now();
      const error = await rejection(hosts(resolve).of('a.internal', caller()));
      expect(error).to.be.instanceOf(SourceForbiddenError);
      expect(performance.now() - startedAt).to.be.at.least(95);
    }
  });

  it('are not refused of a name inside that could not be looked up and may be allowed', async () => {
    const overloaded = new OverloadedError();
    const resolve = () => failing(overloaded);
    expect(await rejection(hosts(resolve, ['10.0.0.0/8']).of('a.internal', caller()))).to.equal(overloaded);
    expect(await rejection(hosts(resolve).of('a.internal', caller()))).to.be.instanceOf(SourceForbiddenError);
  });

  it('are waited for no longer than their caller waits', async () => {
    const leaver = new AbortController();
    const waiting = rejection(hosts(() => failing(NOT_FOUND)).of('a.internal', caller(leaver.signal)));
    setTimeout(() => leaver.abort(new Error('left')), 20);
    expect(((await waiting) as Error).message).to.equal('left');
  });
});
