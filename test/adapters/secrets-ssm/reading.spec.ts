import { expect } from 'chai';
import { SsmSecretSource, type SsmSecretSourceOptions } from '../../../src/adapters/secrets-ssm/index.ts';
import { inBackground } from '../../../src/adapters/secrets-ssm/schedule.ts';
import { SECRET_NAMES, SecretSourceError } from '../../../src/ports/secret-source.ts';
import { useNock } from '../../support/nock.ts';
import { ManualSchedule } from './manual-schedule.ts';
import { PREFIX, REGION, StubbedParameterStore } from './stubbed-parameter-store.ts';
import { useEnvironment } from './use-environment.ts';

describe('secrets-ssm: reading', () => {
  useNock();
  useEnvironment({ AWS_ACCESS_KEY_ID: 'AKIDTEST', AWS_SECRET_ACCESS_KEY: 'test' });
  let store: StubbedParameterStore;
  let schedule: ManualSchedule;
  let source: SsmSecretSource;
  const faults: SecretSourceError[] = [];

  const open = (options: Partial<SsmSecretSourceOptions> = {}) => {
    const onFault = (error: SecretSourceError) => faults.push(error);
    source = new SsmSecretSource({
      prefix: PREFIX,
      region: REGION,
      schedule: schedule.set,
      onFault,
      ...options,
    });
  };
  beforeEach(() => {
    store = StubbedParameterStore.start();
    schedule = new ManualSchedule();
    faults.length = 0;
    open();
  });
  afterEach(async () => {
    await source.close();
    store.stop();
  });

  it('asks for all names in one signed call, decrypted', async () => {
    store.hold({ 'redis-url': 'redis://redis.example' });
    await source.read();
    expect(store.calls).to.have.length(1);
    const [call] = store.calls;
    expect(call?.target).to.equal('AmazonSSM.GetParameters');
    expect(call?.authorization).to.contain(`/${REGION}/ssm/aws4_request`);
    expect(call?.body.Names).to.deep.equal(SECRET_NAMES.map((name) => PREFIX + name));
    expect(call?.body.WithDecryption).to.equal(true);
  });

  it('asks once for all who want the first reading at the same time', async () => {
    const gate = Promise.withResolvers<undefined>();
    store.gate = gate.promise;
    store.hold({ 'redis-url': 'redis://redis.example' });
    const reads = [source.read(), source.read(), source.read()];
    gate.resolve(undefined);
    await Promise.all(reads);
    expect(store.calls).to.have.length(1);
  });

  it('asks no more, however often it is read, until the next refresh is due', async () => {
    store.hold({});
    for (let reads = 0; reads < 20; reads += 1) await source.read();
    expect(store.calls).to.have.length(1);
    expect(schedule.delaysMs).to.deep.equal([30_000]);
  });

  it('takes an answer without a list of invalid parameters, with an empty value and with a stranger', async () => {
    const found = [
      { Name: `${PREFIX}redis-url`, Value: '' },
      { Name: `${PREFIX}memcachier-server`, Value: 'cache.example' },
      { Name: 'another.redis-url', Value: 'redis://elsewhere.example' },
    ];
    store.answerWith({ Parameters: found });
    expect(await source.read()).to.deep.equal({ 'memcachier-server': 'cache.example' });
  });

  it('takes an answer in which nothing was found', async () => {
    store.answerWith({ InvalidParameters: SECRET_NAMES.map((name) => PREFIX + name) });
    expect(await source.read()).to.deep.equal({});
  });

  it('serves what it knows while a refresh is under way, then what came', async () => {
    const gate = Promise.withResolvers<undefined>();
    store.hold({ 'signing-keys': 'old' });
    await source.read();
    store.gate = gate.promise;
    store.hold({ 'signing-keys': 'new' });
    const refresh = schedule.runNext();
    expect(await source.read()).to.deep.equal({ 'signing-keys': 'old' });
    gate.resolve(undefined);
    await refresh;
    expect(await source.read()).to.deep.equal({ 'signing-keys': 'new' });
    expect(store.calls).to.have.length(2);
  });

  it('refreshes at the pace it was given', async () => {
    open({ refreshMs: 90_000 });
    store.hold({});
    await source.read();
    expect(schedule.delaysMs).to.deep.equal([90_000]);
    await schedule.runNext();
    expect(schedule.delaysMs).to.deep.equal([90_000]);
  });

  it('refreshes by its own timer', async () => {
    open({ refreshMs: 1, schedule: inBackground });
    store.hold({ 'signing-keys': 'old' });
    await source.read();
    store.hold({ 'signing-keys': 'new' });
    while ((await source.read())['signing-keys'] === 'old')
      await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it('reports each refresh that fails, tries again ever later, and returns to its pace', async () => {
    store.hold({ 'signing-keys': 'known' });
    await source.read();
    store.failWith(400, 'AccessDeniedException', 'not authorized to perform: ssm:GetParameters');
    const delays: number[] = [];
    for (let failures = 1; failures <= 6; failures += 1) {
      await schedule.runNext();
      delays.push(...schedule.delaysMs);
      expect(faults).to.have.length(failures);
      expect(await source.read()).to.deep.equal({ 'signing-keys': 'known' });
    }
    expect(delays).to.deep.equal([5_000, 10_000, 20_000, 30_000, 30_000, 30_000]);
    expect(faults[0]).to.be.instanceOf(SecretSourceError);
    expect(faults[0]?.message).to.contain('ssm:GetParameters');

    store.hold({ 'signing-keys': 'renewed' });
    await schedule.runNext();
    expect(await source.read()).to.deep.equal({ 'signing-keys': 'renewed' });
    expect(schedule.delaysMs).to.deep.equal([30_000]);
    expect(faults).to.have.length(6);
  });

  it('ends its refreshing when it is closed, and still answers what it knew', async () => {
    store.hold({ 'signing-keys': 'known' });
    await source.read();
    await source.close();
    expect(schedule.delaysMs).to.deep.equal([]);
    expect(await source.read()).to.deep.equal({ 'signing-keys': 'known' });
  });

  it('breaks off a refresh that is under way when it is closed, and reports nothing', async () => {
    store.hold({});
    await source.read();
    store.gate = new Promise(() => undefined);
    const refresh = schedule.runNext();
    await source.close();
    await refresh;
    expect(schedule.delaysMs).to.deep.equal([]);
    expect(faults).to.deep.equal([]);
  });

  it('says that it is closed to who reads it first thereafter', async () => {
    await source.close();
    const error: unknown = await source.read().catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(SecretSourceError).with.property('message').that.contains('closed');
    expect(store.calls).to.deep.equal([]);
  });
});
