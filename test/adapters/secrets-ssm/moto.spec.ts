import { expect } from 'chai';
import { SsmSecretSource } from '../../../src/adapters/secrets-ssm/index.ts';
import { ManualSchedule } from './manual-schedule.ts';
import { MotoServer, whyNoMoto } from './moto-server.ts';
import { PREFIX, REGION } from './stubbed-parameter-store.ts';
import { useEnvironment } from './use-environment.ts';
import { describeUnless } from '../../support/describe-with.ts';

const KEY_ALIAS = 'alias/thumbnailer';

describeUnless(whyNoMoto, 'secrets-ssm: an emulated AWS', () => {
  useEnvironment({
    AWS_ACCESS_KEY_ID: 'AKIDTEST',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_SSM: undefined,
  });
  let moto: MotoServer;
  const put = (name: string, value: string) =>
    moto.call('ssm', 'AmazonSSM.PutParameter', {
      Name: PREFIX + name,
      Value: value,
      Type: 'SecureString',
      KeyId: KEY_ALIAS,
      Overwrite: true,
    });

  before(async () => {
    moto = await MotoServer.start();
    process.env['AWS_ENDPOINT_URL_SSM'] = moto.url;
    const { KeyMetadata } = await moto.call('kms', 'TrentService.CreateKey', {});
    const { KeyId } = KeyMetadata as { KeyId: string };
    await moto.call('kms', 'TrentService.CreateAlias', { AliasName: KEY_ALIAS, TargetKeyId: KeyId });
  });
  after(async () => {
    await moto[Symbol.asyncDispose]();
  });

  it('reads encrypted parameters in the clear, and sees them rotated', async () => {
    const schedule = new ManualSchedule();
    const source = new SsmSecretSource({ prefix: PREFIX, region: REGION, schedule: schedule.set });
    try {
      await put('memcachier-password', 'old');
      await put('signing-keys', 'a:c2VjcmV0');
      expect(await source.read()).to.deep.equal({
        'memcachier-password': 'old',
        'signing-keys': 'a:c2VjcmV0',
      });
      await put('memcachier-password', 'new');
      await schedule.runNext();
      expect(await source.read()).to.deep.equal({
        'memcachier-password': 'new',
        'signing-keys': 'a:c2VjcmV0',
      });
    } finally {
      await source.close();
    }
  });
});
