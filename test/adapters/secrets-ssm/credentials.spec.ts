import { expect } from 'chai';
import nock from 'nock';
import { SsmSecretSource } from '../../../src/adapters/secrets-ssm/index.ts';
import { useNock } from '../../support/nock.ts';
import { PREFIX, REGION, StubbedParameterStore } from './stubbed-parameter-store.ts';
import { useEnvironment } from './use-environment.ts';

describe("secrets-ssm: the task role's credentials on ECS", () => {
  useNock();
  useEnvironment({
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_PROFILE: undefined,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_CONTAINER_CREDENTIALS_FULL_URI: undefined,
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/0123',
  });

  it('come from the relative address, and sign the call', async () => {
    const store = StubbedParameterStore.start();
    const endpoint = nock('http://169.254.170.2')
      .get('/v2/credentials/0123')
      .reply(200, {
        AccessKeyId: 'ASIATASKROLE',
        SecretAccessKey: 'test',
        Token: 'session-token',
        Expiration: new Date(Date.now() + 3_600_000).toISOString(),
      });
    const source = new SsmSecretSource({ prefix: PREFIX, region: REGION });
    try {
      store.hold({ 'redis-url': 'redis://redis.example' });
      expect(await source.read()).to.deep.equal({ 'redis-url': 'redis://redis.example' });
      expect(endpoint.isDone()).to.equal(true);
      expect(store.calls[0]?.authorization).to.contain('Credential=ASIATASKROLE/');
      expect(store.calls[0]?.securityToken).to.equal('session-token');
    } finally {
      await source.close();
      store.stop();
    }
  });
});
