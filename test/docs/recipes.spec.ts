import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import sharp from 'sharp';
import { photograph, plain } from '../../scripts/kit/images.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';
import { PROJECT, readPage } from './markdown.ts';

/** Where the recipes have their pictures. */
const PICTURES = ['https://uploads.example.com', 'https://shop.example.com'];

describe('a recipe with settings and a page', () => {
  let origin: Origin;
  let folder: string;

  before(async () => {
    origin = await startOrigin();
    const photo = await photograph({ width: 1200, height: 800 }).jpeg().toBuffer();
    origin.serve('/photo.jpg', { body: photo });
    folder = await mkdtemp(join(tmpdir(), 'recipe-'));
    await plain(90, 90, [200, 200, 200]).png().toFile(join(folder, 'nobody.png'));
  });
  after(async () => {
    await origin[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  /** A service with the settings of the recipe. */
  const serviceFor = (settings: string) => {
    const lines = settings
      .trim()
      .split('\n')
      .map((line) => line.split(/=(.*)/s).slice(0, 2));
    const environment = Object.fromEntries(lines) as Record<string, string>;
    return RunningService.start({
      ...environment,
      ALLOWED_SOURCES: '127.0.0.1',
      ...('FALLBACK_IMAGE' in environment && { FALLBACK_IMAGE: join(folder, 'nobody.png') }),
    });
  };

  /** The thumbnails of the page, with the pictures and the service of this test. */
  const addressesIn = (html: string, service: RunningService) =>
    [...html.matchAll(/https:\/\/thumbs\.example\/thumbnail\?[^\s"]+/g)].map(([address]) => {
      const url = new URL(address.replaceAll('&amp;', '&').replace('https://thumbs.example', service.url));
      const source = url.searchParams.get('url') ?? '';
      const own = PICTURES.find((host) => source.startsWith(host)) ?? '';
      url.searchParams.set('url', source.replace(own, origin.url('')));
      return url;
    });

  for (const [name, sides] of Object.entries({
    avatars: { width: 64, height: 64 },
    'product-tiles': { width: 320, height: 240 },
  })) {
    it(`gives the thumbnails that it says: ${name}`, async () => {
      const { fences } = readPage(`docs/recipes/${name}.md`);
      const textOf = (language: string) => fences.find((fence) => fence.language === language)?.text ?? '';
      await using service = await serviceFor(textOf('ini'));
      const addresses = addressesIn(textOf('html'), service);
      expect(addresses).to.have.length.above(2);
      for (const address of addresses) {
        const answer = await fetch(address);
        expect(answer.status, address.href).to.equal(200);
        expect(answer.headers.get('x-thumbnail-fault')).to.equal(null);
        const { width, height } = await sharp(Buffer.from(await answer.arrayBuffer())).metadata();
        const ratio = Number(address.searchParams.get('dpr') ?? 1);
        expect({ width, height }).to.deep.equal({ width: ratio * sides.width, height: ratio * sides.height });
      }
      if (name !== 'avatars') return;
      const [missing] = addresses;
      missing!.searchParams.set('url', origin.url('/missing.jpg'));
      const answer = await fetch(missing!);
      expect(answer.status).to.equal(200);
      expect(answer.headers.get('x-thumbnail-fault')).to.equal('source-not-found');
    });
  }

  it('makes the element that it says: placeholders', async () => {
    const { fences } = readPage('docs/recipes/placeholders.md');
    await using service = await RunningService.start();
    const code = (fences.find(({ language }) => language === 'js')?.text ?? '')
      .replace('https://thumbs.example', service.url)
      .replace("'thumbnailer/client'", JSON.stringify(join(PROJECT, 'src/client.ts')));
    const file = join(folder, 'placeholder.mjs');
    await writeFile(file, code);
    const { imageHtml } = (await import(file)) as {
      imageHtml: (url: string, width: number) => Promise<string>;
    };
    const html = await imageHtml(origin.url('/photo.jpg'), 256);
    expect(html).to.match(
      / width="256" height="171" style="background: url\(data:image\/png;base64,[^)]+\) /,
    );
    const src = /src="([^"]+)"/.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect((await fetch(src)).status).to.equal(200);
    const failure = await imageHtml(origin.url('/missing.jpg'), 256).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(Error).with.property('message').that.includes('(404)');
  });
});
