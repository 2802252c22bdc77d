import { expect } from 'chai';
import { Keyring } from '../../../src/domain/access/keyring.ts';
import { FakeSecrets } from '../../support/fakes.ts';
import { MockClock } from '../../support/mock-clock.ts';

const keysOf = (...ids: string[]) => ({
  'signing-keys': ids.map((id) => `${id}:${Buffer.alloc(32, id).toString('base64url')}`).join(),
});

const unexpected = (error: unknown) => expect.fail(String(error));

describe('Keyring', () => {
  it('answers without a promise for a while after it has asked, and then asks again', async () => {
    using clock = new MockClock();
    const secrets = new FakeSecrets(keysOf('a'));
    const keyring = new Keyring({ secrets, onFault: unexpected, maxAgeMs: 20 });
    const first = keyring.keys();
    expect(first).to.be.instanceOf(Promise);
    expect([...(await first).keys()]).to.deep.equal(['a']);
    secrets.secrets = keysOf('b');
    expect(keyring.keys()).to.equal(await first);
    await clock.pass(20);
    expect([...(await keyring.keys()).keys()]).to.deep.equal(['b']);
  });

  it('asks again where it could not be told', async () => {
    const secrets = new FakeSecrets(keysOf('a'));
    const keyring = new Keyring({ secrets, onFault: unexpected });
    const read = secrets.read.bind(secrets);
    secrets.read = () => Promise.reject(new Error('no secrets'));
    const failed = await Promise.allSettled([keyring.keys()]);
    expect(failed[0]).to.have.property('status', 'rejected');
    secrets.read = read;
    expect((await keyring.keys()).size).to.equal(1);
  });
});
