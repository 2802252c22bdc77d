import { spawnSync } from 'node:child_process';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { DECODER_FLAGS } from '../../src/adapters/resize-isolated/index.ts';
import { BundledService } from '../../scripts/benchmark/bundled-service.ts';
import { Memcached, whyNoMemcached } from '../../scripts/kit/memcached.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { plain, QUARTERS } from '../../scripts/kit/images.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';

describe('the bundle that the container image runs', function () {
  const started = new AsyncDisposableStack();
  let bundled: BundledService;
  let origin: Origin;
  const start = (environment: Record<string, string> = {}) =>
    RunningService.start(environment, join(bundled.folder, 'main.js'));

  before(async () => {
    bundled = started.use(await BundledService.make(AbortSignal.timeout(20_000)));
    expect(bundled.warnings, 'warnings').to.equal('');
    origin = started.use(await startOrigin());
    origin.serve('/a.png', { body: await plain(300, 200, QUARTERS.red).png().toBuffer() });
  });
  after(() => started.disposeAsync());

  const ask = (service: RunningService) =>
    fetch(
      `${service.url}/thumbnail?${new URLSearchParams({ url: origin.url('/a.png'), size: '64' }).toString()}`,
    );

  it('serves pages with all that they load, and samples', async () => {
    await using service = await start();
    const page = await (await fetch(service.url)).text();
    const loaded = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path!);
    expect(loaded).to.have.length.above(5);
    for (const path of loaded) expect((await fetch(service.url + path)).status, path).to.equal(200);
    const body = new URLSearchParams({ sample: 'lake.jpg', thumbnail_size: '64' });
    const result = await fetch(service.url, { method: 'POST', body });
    expect([result.status, await result.text()].join()).to.match(/^200,[^]*Thumbnail result/);
  });

  it('loads nothing at a start that a start does not need', async () => {
    const files = (await readdir(bundled.folder)).filter((name) => name.endsWith('.js'));
    expect(files).to.include('main.js');
    for (const name of files) {
      const code = await readFile(join(bundled.folder, name), 'utf8');
      expect(code, `${name}: undici, the standard streams, HTTP/2`).to.not.match(
        /^import .* from "(node:)?(http|http2|process)";$/m,
      );
      expect(code, `${name}: the data of all languages`).to.not.match(/^(var|const) \w+ = new Intl\./m);
      expect(code, `${name}: media types as an object`).to.not.include('"application/andrew-inset": {');
    }
  });

  it('has decoders load what they need, and nothing of the service', async () => {
    const codeOf = (name: string) => readFile(join(bundled.folder, name), 'utf8');
    const loaded = new Map<string, string>();
    const load = async (name: string): Promise<void> => {
      if (loaded.has(name)) return;
      loaded.set(name, await codeOf(name));
      const imported = loaded.get(name)!.matchAll(/(?:from|import) ?\(?"\.\/([^"]+)"/g);
      for (const [, other] of imported) await load(other!);
    };
    await load('decoder.js');
    const code = [...loaded.values()].join('');
    expect(code).to.include('src/adapters/resize-sharp/sharp-pipeline.ts');
    expect(code).not.to.match(/^\/\/ (?:node_modules|src\/http)\//m);
  });

  it('has the command, too', async () => {
    const cli = join(bundled.folder, 'cli.js');
    const help = spawnSync(process.execPath, [cli, 'make', '--help'], { encoding: 'utf8' });
    expect([help.status, help.stderr]).to.deep.equal([0, '']);
    expect(help.stdout).to.include('thumbnailer make');
    const image = join(bundled.folder, 'red.png');
    await writeFile(image, await plain(64, 32, QUARTERS.red).png().toBuffer());
    const made = spawnSync(process.execPath, [cli, 'make', image, '--size', '16', '-o', `${image}.webp`]);
    expect(made.status, made.stderr.toString()).to.equal(0);
    expect(await readFile('Dockerfile', 'utf8')).to.include(
      'ln -s /app/dist/cli.js /usr/local/bin/thumbnailer',
    );
  });

  it('has the flags of its decoders where the container image compiles them', async () => {
    const dockerfile = (await readFile('Dockerfile', 'utf8')).replaceAll(/\s*\\\n\s*/g, ' ');
    expect(dockerfile).to.include(`node ${DECODER_FLAGS.join(' ')} dist/decoder.js`);
  });

  it('makes thumbnails of what it fetches and of what is sent, and stops when it is told to', async () => {
    const service = await start({ METRICS_PORT: '0' });
    expect((await ask(service)).headers.get('cache-status')).to.include('fwd=uri-miss');
    expect((await ask(service)).headers.get('cache-status')).to.include('hit');
    const body = new FormData();
    body.set('image', new Blob([await plain(30, 20, QUARTERS.blue).png().toBuffer()]), 'a.png');
    const upload = await fetch(`${service.url}/thumbnail?size=64`, { method: 'POST', body });
    expect(upload.status).to.equal(200);
    expect(await service.stop()).to.equal(0);
  });

  it('runs several workers', async () => {
    const service = await start({ WORKERS: '2' });
    expect((await ask(service)).status).to.equal(200);
    expect(await service.stop()).to.equal(0);
  });

  it('loads the client of a cache server from the packages beside it', async function () {
    if (whyNoMemcached() !== undefined) this.skip();
    await using memcached = await Memcached.start();
    await using service = await start({
      THUMBNAIL_CACHE: 'memory,memcached',
      MEMCACHIER_SERVERS: memcached.address,
    });
    expect((await ask(service)).status).to.equal(200);
    await using another = await start({ MEMCACHIER_SERVERS: memcached.address });
    expect((await ask(another)).headers.get('cache-status')).to.include('hit');
  });
});
