import { expect } from 'chai';
import { S3ImageFetcher } from '../../../src/adapters/fetch-s3/index.ts';
import { SourceAccessError } from '../../../src/domain/errors/index.ts';
import { parseSourceUrl } from '../../../src/domain/request/source-url.ts';
import { rejection } from '../../support/rejection.ts';
import { MotoServer, whyNoMoto } from '../secrets-ssm/moto-server.ts';
import { describeUnless } from '../../support/describe-with.ts';

/** Bucket, two objects, and two users, one with a policy. */
const FREE_CALLS = 8;
const ONLY_PHOTOS = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::images/photos/*' }],
};

describeUnless(whyNoMoto, 'S3ImageFetcher: what a role may read', () => {
  let moto: MotoServer;
  let users: Record<'reader' | 'nobody', Record<string, string>>;
  const environment = { ...process.env };
  before(async () => {
    moto = await MotoServer.start(FREE_CALLS);
    await moto.put('images');
    await moto.put('images/photos/a.jpg', Buffer.from('image'));
    await moto.put('images/secrets/a.jpg', Buffer.from('secret'));
    users = { reader: await moto.createUser('reader', ONLY_PHOTOS), nobody: await moto.createUser('nobody') };
  });
  after(async () => {
    await moto[Symbol.asyncDispose]();
  });
  afterEach(() => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) {
      if (environment[name] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = environment[name];
    }
  });

  async function fetchAs(user: Record<string, string>, address: string): Promise<string> {
    Object.assign(process.env, user);
    const fetcher = new S3ImageFetcher({ region: 'us-east-1', endpoint: moto.url, forcePathStyle: true });
    try {
      using answer = await fetcher.fetch(parseSourceUrl(address), { signal: new AbortController().signal });
      let text = '';
      for await (const chunk of answer.body) text += Buffer.from(chunk).toString();
      return answer.status === 200 ? text : String(answer.status);
    } finally {
      await fetcher.close();
    }
  }

  it('is read, and nothing beside it', async () => {
    expect(await fetchAs(users.reader, 's3://images/photos/a.jpg')).to.equal('image');
    const error = await rejection(fetchAs(users.reader, 's3://images/secrets/a.jpg'));
    expect(error).to.be.instanceOf(SourceAccessError);
  });

  it('is not read by others, nor by one who is not known', async () => {
    const stranger = { AWS_ACCESS_KEY_ID: 'AKIAUNKNOWN', AWS_SECRET_ACCESS_KEY: 'none' };
    for (const [user, sentence] of [
      [users.nobody, /may not read it/],
      [stranger, /couldn't identify itself/],
    ] as const) {
      const error = await rejection(fetchAs(user, 's3://images/photos/a.jpg'));
      expect(error).to.be.instanceOf(SourceAccessError);
      expect((error as Error).message).to.match(sentence);
    }
  });
});
