import { expect } from 'chai';
import { SsmSecretSource } from '../../../src/adapters/secrets-ssm/index.ts';
import { SecretSourceError } from '../../../src/ports/secret-source.ts';
import { useNock } from '../../support/nock.ts';
import { PREFIX, REGION, StubbedParameterStore } from './stubbed-parameter-store.ts';
import { useEnvironment } from './use-environment.ts';

const ACCOUNT = '123456789012';
const NOT_AUTHORISED =
  `User: arn:aws:sts::${ACCOUNT}:assumed-role/thumbs/task is not authorized to perform: ssm:GetParameters on ` +
  `resource: arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/thumbnailer.redis-url`;
const KEY_REFUSED =
  'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are ' +
  'not allowed to access.';

describe('secrets-ssm: faults say what to do', () => {
  useNock();
  let store: StubbedParameterStore;
  before(() => (store = StubbedParameterStore.start()));
  after(() => store.stop());

  describe('with credentials', () => {
    useEnvironment({ AWS_ACCESS_KEY_ID: 'AKIDTEST', AWS_SECRET_ACCESS_KEY: 'test' });

    const answers: [status: number, type: string, message: string, advice: RegExp][] = [
      [400, 'AccessDeniedException', NOT_AUTHORISED, /ssm:GetParameters on parameter\/thumbnailer\.\*/],
      [400, 'AccessDeniedException', KEY_REFUSED, /kms:Decrypt/],
      [400, 'InvalidKeyId', 'key is disabled', /kms:Decrypt/],
      [400, 'UnrecognizedClientException', 'The security token is invalid.', /rejected the credentials/],
      [400, 'ExpiredTokenException', 'The security token is expired.', /rejected the credentials.*expired/],
      [400, 'ValidationException', 'Member must satisfy the pattern', /SSM_PREFIX/],
      [400, 'SomethingNew', 'unheard of', /SomethingNew.*SSM_PREFIX.*AWS_REGION/],
    ];
    for (const [status, type, message, advice] of answers) {
      it(`${type}: ${message.slice(0, 40)}`, async () => {
        store.failWith(status, type, message);
        const error = await failureOf({ prefix: PREFIX, region: REGION });
        expect(error.message).to.match(advice);
        expect(error.message).not.to.contain(ACCOUNT);
        expect(error.cause).to.have.property('name', type);
      });
    }

    // The SDK pauses between its tries.
    it('throttling, after three tries', async () => {
      store.failWith(400, 'ThrottlingException', 'Rate exceeded');
      store.calls.length = 0;
      const error = await failureOf({ prefix: PREFIX, region: REGION });
      expect(error.message).to.match(/throttling.*Try again later/);
      expect(store.calls).to.have.length(3);
    });

    it("a fault of the service's own, after three tries", async () => {
      store.failWith(500, 'InternalServerError', 'oops');
      store.calls.length = 0;
      const error = await failureOf({ prefix: PREFIX, region: REGION });
      expect(error.message).to.match(/internal error/);
      expect(store.calls).to.have.length(3);
    });

    it('a prefix that is a path: the permission is on the path', async () => {
      store.failWith(400, 'AccessDeniedException', NOT_AUTHORISED);
      const error = await failureOf({ prefix: '/prod/thumbs/', region: REGION });
      expect(error.message).to.contain('parameter/prod/thumbs/*');
    });

    for (const region of ['', 'eu west 1']) {
      it(`no region: "${region}"`, async () => {
        const error = await failureOf({ prefix: PREFIX, region });
        expect(error.message).to.contain('Set AWS_REGION');
      });
    }
  });

  describe('without credentials', () => {
    useEnvironment({
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_PROFILE: undefined,
      AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: undefined,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: undefined,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    });

    it('names the task role and the variables', async () => {
      const error = await failureOf({ prefix: PREFIX, region: REGION });
      expect(error.message).to.match(/task role.*AWS_ACCESS_KEY_ID/);
    });
  });
});

async function failureOf(options: { prefix: string; region: string }): Promise<SecretSourceError> {
  const source = new SsmSecretSource(options);
  try {
    const error: unknown = await source.read().catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(SecretSourceError);
    return error as SecretSourceError;
  } finally {
    await source.close();
  }
}
