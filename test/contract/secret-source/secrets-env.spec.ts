import { EnvSecretSource } from '../../../src/adapters/secrets-env/index.ts';
import { itIsASecretSource } from './contract.ts';

describe('contract of SecretSource: secrets-env', () => {
  const cannot = () => Promise.reject(new Error('an environment stays as it is'));
  itIsASecretSource(
    (values) => Promise.resolve({ source: new EnvSecretSource({ values }), change: cannot, fail: cannot }),
    { unchanging: 'nobody can change the environment of a running process from outside' },
  );
});
