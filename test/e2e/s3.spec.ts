import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import sharp from 'sharp';
import { RunningService } from '../../scripts/kit/running-service.ts';
import { MotoServer, whyNoMoto } from '../adapters/secrets-ssm/moto-server.ts';
import { describeUnless } from '../support/describe-with.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDTEST', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'eu-west-1' };

describeUnless(whyNoMoto, 'images in a bucket', () => {
  let moto: MotoServer;

  const put = async (key: string, colour: string) => {
    const picture = { create: { width: 300, height: 200, channels: 3, background: colour } } as const;
    await moto.put(`my-bucket/${key}`, await sharp(picture).png().toBuffer());
  };
  const ask = (service: RunningService, url: string) =>
    fetch(`${service.url}/thumbnail?url=${encodeURIComponent(url)}&size=64&format=png`);
  const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;

  before(async () => {
    moto = await MotoServer.start();
    await moto.put('my-bucket');
    await put('photos/a.png', '#c40');
    await put('secrets/a.png', '#c40');
  });
  after(async () => {
    await moto[Symbol.asyncDispose]();
  });

  it('are served by their addresses below what is allowed, and asked for again when they have changed', async () => {
    await using service = await RunningService.start({
      ...KEYS,
      S3_ENDPOINT: moto.url,
      S3_FORCE_PATH_STYLE: 'on',
      ALLOWED_SOURCES: 's3://my-bucket/photos/',
      CACHE_TTL: '1ms',
      CACHE_TTL_MIN: '1ms',
    });
    const first = await ask(service, 's3://my-bucket/photos/a.png');
    expect(first.status).to.equal(200);
    await put('photos/a.png', '#00c');
    const etags = new Set<string | null>();
    for (let time = 0; time < 50 && etags.size < 2; time += 1) {
      etags.add((await ask(service, 's3://my-bucket/photos/a.png')).headers.get('etag'));
      await sleep(50);
    }
    expect([...etags]).to.have.length(2);
    expect(await codeOf(await ask(service, 's3://my-bucket/photos/missing.png'))).to.equal(
      'source-not-found',
    );
    expect(await codeOf(await ask(service, 's3://my-bucket/secrets/a.png'))).to.equal('source-forbidden');
    expect(await codeOf(await ask(service, 's3://other-bucket/a.png'))).to.equal('source-forbidden');
  });

  it('are served by paths, which say nothing of the bucket', async () => {
    await using service = await RunningService.start({
      ...KEYS,
      S3_ENDPOINT: moto.url,
      S3_FORCE_PATH_STYLE: 'on',
      SOURCE_BASE: 's3://my-bucket/photos',
    });
    expect((await ask(service, '/a.png')).status).to.equal(200);
    expect((await ask(service, '/missing.png')).status).to.equal(404);
    expect((await ask(service, '/../secrets/a.png')).status).to.equal(400);
    expect(await codeOf(await ask(service, 's3://my-bucket/photos/a.png'))).to.equal('invalid-request');
  });
});
