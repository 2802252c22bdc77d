import { SsmSecretSource } from '../../../src/adapters/secrets-ssm/index.ts';
import { ManualSchedule } from '../../adapters/secrets-ssm/manual-schedule.ts';
import { PREFIX, REGION, StubbedParameterStore } from '../../adapters/secrets-ssm/stubbed-parameter-store.ts';
import { useEnvironment } from '../../adapters/secrets-ssm/use-environment.ts';
import { useNock } from '../../support/nock.ts';
import { itIsASecretSource } from './contract.ts';

describe('contract of SecretSource: secrets-ssm', () => {
  useNock();
  useEnvironment({ AWS_ACCESS_KEY_ID: 'AKIDTEST', AWS_SECRET_ACCESS_KEY: 'test' });
  let store: StubbedParameterStore;
  before(() => (store = StubbedParameterStore.start()));
  after(() => store.stop());

  itIsASecretSource((values) => {
    const schedule = new ManualSchedule();
    store.hold(values);
    return Promise.resolve({
      source: new SsmSecretSource({ prefix: PREFIX, region: REGION, schedule: schedule.set }),
      change: (changed) => {
        store.hold(changed);
        return schedule.runNext();
      },
      fail: () => {
        store.failWith(400, 'AccessDeniedException', 'not authorized');
        return schedule.runNext();
      },
    });
  });
});
