import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import sharp from 'sharp';
import { startOrigin } from '../../scripts/kit/origin.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';
import { startWebServer } from '../contract/image-fetcher/web-server.ts';
import { startObjectStore } from '../support/object-store.ts';
import { signedParameters } from '../support/signing.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDTEST', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'eu-west-1' };

describe('deployments that share a cache', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shared-cache-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const start = (settings: Readonly<Record<string, string>>) =>
    RunningService.start({ THUMBNAIL_CACHE: 'disk', DISK_CACHE_PATH: folder, ...settings });
  const ask = async (service: RunningService, url: string) => {
    const answer = await fetch(`${service.url}/thumbnail?url=${encodeURIComponent(url)}&size=64&format=png`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    const [, status] = /;\s*(hit|fwd)/.exec(answer.headers.get('cache-status') ?? '') ?? [];
    return { status: answer.status, bytes, cache: status };
  };

  it('answer from their own store, where each has a bucket of that name', async () => {
    await using red = await startObjectStore();
    await using blue = await startObjectStore();
    for (const [store, background] of [
      [red, '#f00'],
      [blue, '#00f'],
    ] as const) {
      const bytes = await sharp({ create: { width: 300, height: 200, channels: 3, background } })
        .png()
        .toBuffer();
      store.objects.set('a.png', { bytes, etag: '"same"', headers: {}, storedAt: new Date() });
    }
    const common = { ...KEYS, S3_FORCE_PATH_STYLE: 'on', ALLOWED_SOURCES: 's3://images/' };
    await using ofRed = await start({ ...common, S3_ENDPOINT: red.url });
    const first = await ask(ofRed, 's3://images/a.png');
    // What is kept is written behind the answer.
    while ((await ask(ofRed, 's3://images/a.png')).cache !== 'hit') await sleep(50);
    await using ofBlue = await start({ ...common, S3_ENDPOINT: blue.url });
    const other = await ask(ofBlue, 's3://images/a.png');
    expect(other).to.include({ status: 200, cache: 'fwd' });
    expect(other.bytes.equals(first.bytes)).to.equal(false);
  });

  it('serve nothing that only the header fields of another unlock, and take over no refusal', async () => {
    await using source = await startWebServer();
    const bytes = await sharp({ create: { width: 300, height: 200, channels: 3, background: '#0c0' } })
      .png()
      .toBuffer();
    for (const path of ['/a.png', '/b.png']) {
      source.on(path, ({ headers }, response) => {
        response.writeHead(headers.authorization === 'Bearer secret' ? 200 : 403, {
          'cache-control': 'max-age=600',
        });
        response.end(headers.authorization === 'Bearer secret' ? bytes : '');
      });
    }
    await using other = await startWebServer();
    other.on('/moved.png', (_, response) =>
      response.writeHead(302, { location: source.url('/a.png') }).end(),
    );
    const headers = `127.0.0.1:${source.port}: Authorization: Bearer secret`;
    await using shows = await start({ SOURCE_HEADERS: headers });
    await using shut = await start({});
    for (const url of [source.url('/a.png'), other.url('/moved.png')]) {
      expect((await ask(shows, url)).status).to.equal(200);
      while ((await ask(shows, url)).cache !== 'hit') await sleep(50);
      expect((await ask(shut, url)).status).to.equal(502);
    }
    expect((await ask(shut, source.url('/b.png'))).status).to.equal(502);
    expect((await ask(shows, source.url('/b.png'))).status).to.equal(200);
    await using replaced = await start({ SOURCE_HEADERS: headers.replace('secret', 'wrong') });
    expect((await ask(replaced, source.url('/a.png'))).status).to.equal(502);
  });

  it('see a purge within a second where they have no keys, and at once where they have', async () => {
    await using origin = await startOrigin();
    const paint = async (background: string) => {
      const picture = sharp({ create: { width: 300, height: 200, channels: 3, background } });
      origin.serve('/a.png', { body: await picture.png().toBuffer(), type: 'image/png' });
    };
    const url = origin.url('/a.png');
    const key = Buffer.alloc(32, 'key').toString('base64url');
    const settings = { THUMBNAIL_CACHE: 'memory,disk' };
    const keys = { ...settings, SIGNING_KEYS: `k:${key}` };
    await using purging = await start(keys);
    await using keyed = await start(keys);
    await using keyless = await start(settings);
    await paint('#f00');
    const old = await ask(purging, url);
    for (const service of [keyed, keyless]) while ((await ask(service, url)).cache !== 'hit') await sleep(50);
    await paint('#00f');
    const query = new URLSearchParams(signedParameters({ url }, { id: 'k', key, method: 'DELETE' }));
    const { status } = await fetch(`${purging.url}/thumbnail?${query.toString()}`, { method: 'DELETE' });
    const purgedAt = performance.now();
    expect(status).to.equal(204);
    expect((await ask(keyed, url)).bytes.equals(old.bytes)).to.equal(false);
    while ((await ask(keyless, url)).bytes.equals(old.bytes)) {
      expect(performance.now() - purgedAt).to.be.below(1500);
      await sleep(50);
    }
  });
});
