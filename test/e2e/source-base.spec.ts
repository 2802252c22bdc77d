import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import sharp from 'sharp';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { RunningService, failedStart } from '../../scripts/kit/running-service.ts';
import { MAIN } from '../../scripts/kit/programs.ts';

describe('SOURCE_BASE, as an operator sets it', function () {
  let folder: string;
  let origin: Origin;
  let image: Buffer;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'images-'));
    const picture = { create: { width: 300, height: 200, channels: 3, background: '#c40' } } as const;
    image = await sharp(picture).png().toBuffer();
    await writeFile(join(folder, 'a b.png'), image);
    await symlink('/etc/hostname', join(folder, 'out.png'));
    origin = await startOrigin();
    origin.serve('/images/a.png', { body: image, type: 'image/png' });
    origin.serve('/images/moved.png', { redirect: '/images/a.png' });
  });
  after(async () => {
    await origin[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const ask = (service: RunningService, url: string) =>
    fetch(`${service.url}/thumbnail?url=${encodeURIComponent(url)}&size=128`);
  const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;

  it('serves a folder, and nothing else by any path', async () => {
    await using service = await RunningService.start({ SOURCE_BASE: pathToFileURL(folder).href });
    const first = await ask(service, '/a%20b.png');
    expect(first.status).to.equal(200);
    expect(first.headers.get('content-disposition')).to.include('a b');
    expect(first.headers.get('cache-status')).to.include('miss');
    expect((await ask(service, '/a b.png')).headers.get('cache-status')).to.include('hit');
    expect(await codeOf(await ask(service, '/missing.png'))).to.equal('source-not-found');
    expect(await codeOf(await ask(service, '/out.png'))).to.equal('source-forbidden');
    expect(await codeOf(await ask(service, '/%2e%2e/etc/hostname'))).to.equal('invalid-request');
    expect(await codeOf(await ask(service, pathToFileURL(join(folder, 'a b.png')).href))).to.equal(
      'invalid-request',
    );
    const body = new URLSearchParams({ image_url: '/a b.png', thumbnail_size: '64' });
    const page = await (await fetch(service.url, { method: 'POST', body })).text();
    expect(page).to.include('<span id="image-url">/a b.png</span>').and.not.include(folder);
  });

  it('hides which server paths lead to, also where the other sources are few', async () => {
    const base = origin.url('/images');
    await using service = await RunningService.start({
      SOURCE_BASE: base,
      ALLOWED_SOURCES: 'images.invalid',
      ALLOWED_PRIVATE_NETWORKS: '127.0.0.0/8',
    });
    expect((await ask(service, '/a.png')).status).to.equal(200);
    expect((await ask(service, '/moved.png')).status).to.equal(200);
    const missing = await ask(service, '/missing.png');
    expect(missing.status).to.equal(404);
    expect(await missing.text()).not.to.include(String(origin.port));
    expect(await codeOf(await ask(service, origin.url('/other.png')))).to.equal('source-forbidden');
  });

  it('keeps the thumbnails of a folder that is away for a while', async () => {
    const mount = await mkdtemp(join(tmpdir(), 'mount-'));
    await writeFile(join(mount, 'a.png'), image);
    await using service = await RunningService.start({
      SOURCE_BASE: pathToFileURL(mount).href,
      CACHE_TTL: '0s',
      CACHE_TTL_MIN: '0s',
    });
    expect((await ask(service, '/a.png')).status).to.equal(200);
    await rename(mount, `${mount}-away`);
    const other = await fetch(`${service.url}/thumbnail?url=/a.png&size=64`);
    expect([other.status, await codeOf(other)]).to.deep.equal([502, 'source-unreachable']);
    expect((await ask(service, '/a.png')).status).to.equal(200);
    await rm(`${mount}-away`, { recursive: true });
  });

  it('must be a folder that is there', async () => {
    const { code, log } = await failedStart({ SOURCE_BASE: 'file:///no/such/folder/' });
    expect(code).to.equal(1);
    expect(JSON.stringify(log)).to.include('SOURCE_BASE: there is no folder /no/such/folder/');
    const file = pathToFileURL(join(folder, 'a b.png')).href;
    expect(JSON.stringify((await failedStart({ SOURCE_BASE: `${file}/` })).log)).to.include(
      'there is no folder',
    );
  });

  it('must be a folder that the service may read', async function () {
    // Root may read all: there the start is tried by somebody else, where that one can read the sources of the service.
    const nobody = process.getuid?.() === 0 ? ['--reuid=65534', '--clear-groups'] : [];
    const open = spawnSync('setpriv', [...nobody, process.execPath, '--version']);
    if (open.status !== 0) this.skip();
    await chmod(folder, 0o600);
    const { stdout } = spawnSync('setpriv', [...nobody, process.execPath, MAIN], {
      env: { PORT: '0', SOURCE_BASE: pathToFileURL(folder).href },
      encoding: 'utf8',
    });
    await chmod(folder, 0o700);
    expect(stdout).to.match(/SOURCE_BASE: the folder \S+ may not be read by the user \d+/);
  });
});
