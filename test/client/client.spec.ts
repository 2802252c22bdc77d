import { expect } from 'chai';
import sharp from 'sharp';
import { transformBaseImageProps } from '@unpic/core/base';
import { photograph } from '../../scripts/kit/images.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';
import { rejection } from '../support/rejection.ts';
import {
  imgAttributes,
  nextLoader,
  nuxtProvider,
  pictureAttributes,
  pictureHtml,
  signedThumbnailUrl,
  thumbnailUrl,
  unpicTransformer,
} from '../../src/client.ts';

const KEY = Buffer.from(Array.from({ length: 32 }, (_, at) => at)).toString('base64url');
const AWKWARD = "/~ann/a b*(1).jpg?x=1&y=ä+'";

describe('thumbnailer/client', () => {
  let origin: Origin;
  let service: RunningService;

  before(async () => {
    origin = await startOrigin();
    const photo = await photograph({ width: 1200, height: 1800 }).jpeg().toBuffer();
    origin.serve('/photo.jpg', { body: photo }).serve('/~ann/a%20b*(1).jpg', { body: photo });
    service = await RunningService.start({
      BASE_PATH: '/img',
      THUMBNAIL_SIZES: '64,128,180,256,320,360,384,640,750,828,1080',
      THUMBNAIL_QUALITIES: '75',
      SIGNING_KEYS: `2026:${KEY}`,
    });
  });
  after(async () => {
    await service[Symbol.asyncDispose]();
    await origin[Symbol.asyncDispose]();
  });

  /** Format, width and height of what a URL leads to. */
  const load = async (url: string) => {
    const answer = await fetch(url, { headers: { Accept: 'image/webp' } });
    expect(answer.status, `${url}: ${answer.ok ? '' : await answer.clone().text()}`).to.equal(200);
    const { format, width, height } = await sharp(Buffer.from(await answer.arrayBuffer())).metadata();
    return [format, width, height];
  };
  const loadSet = (srcset: string) =>
    Promise.all(
      srcset.split(', ').map(async (part) => {
        const [url = '', descriptor] = part.split(' ');
        return [descriptor, ...(await load(url))];
      }),
    );

  it('builds URLs of any source and any parameters, and leaves out what is undefined', async () => {
    const url = origin.url(AWKWARD);
    const address = thumbnailUrl(`${service.url}/`, { url, width: 64, height: undefined, download: true });
    expect(new URL(address).searchParams.get('url')).to.equal(url);
    expect(address).to.not.include('height');
    expect(await load(address)).to.deep.equal(['webp', 64, 96]);
  });

  it('signs what the service takes, until it expires', async () => {
    const parameters = { url: origin.url(AWKWARD), width: 333, filename: "ä*~' +" };
    const inAnHour = new Date(Date.now() + 3_600_000);
    const signed = await signedThumbnailUrl(service.url, parameters, {
      keyId: '2026',
      key: KEY,
      expires: inAnHour,
    });
    expect(await load(signed)).to.deep.equal(['webp', 333, 500]);
    expect((await fetch(thumbnailUrl(service.url, parameters))).status).to.equal(400);
    const late = await signedThumbnailUrl(service.url, parameters, {
      keyId: '2026',
      key: KEY,
      expires: 1_000_000,
    });
    expect((await fetch(late)).status).to.equal(403);
  });

  it('signs the test vector of docs/http-api.md', async () => {
    const address = await signedThumbnailUrl(
      'https://thumbs.example',
      { url: 'https://example.com/photo.jpg', size: 300 },
      { keyId: '2026', key: KEY, expires: 1_900_000_000 },
    );
    expect(new URL(address).searchParams.get('signature')).to.equal(
      'dv0SNMeOk0JMi7KOm5gvYK3hCgw_0lj3URb5uWq_Bgg',
    );
  });

  it('says of what is no key that it is none, and does not show it', async () => {
    const unset = undefined as unknown as string;
    for (const key of [unset, '', `2026:${KEY}`, 'c2VjcmV0']) {
      const signing = { keyId: '2026', key, expires: 1_900_000_000 };
      const error = await rejection(
        signedThumbnailUrl('', { url: 'https://example.com/photo.jpg' }, signing),
      );
      expect(error)
        .to.be.instanceOf(TypeError)
        .and.have.property('message')
        .that.matches(/^key is not a signing key/);
      if (key) expect(String(error)).to.not.include(key);
    }
  });

  it('gives an <img> widths that are what they say, for portrait pictures too', async () => {
    const image = imgAttributes(
      service.url,
      { url: origin.url('/photo.jpg'), width: 256, height: 256, fit: 'cover' },
      { widths: [64, 128, 256], sizes: '50vw' },
    );
    expect(image).to.include({ width: 256, height: 256, sizes: '50vw' });
    expect(await load(image.src)).to.deep.equal(['webp', 256, 256]);
    expect(await loadSet(image.srcset)).to.deep.equal([
      ['64w', 'webp', 64, 64],
      ['128w', 'webp', 128, 128],
      ['256w', 'webp', 256, 256],
    ]);
    const free = imgAttributes(service.url, { url: origin.url('/photo.jpg'), size: 256 }, { widths: [128] });
    expect(await loadSet(free.srcset)).to.deep.equal([['128w', 'webp', 128, 192]]);
    expect(free).to.not.have.any.keys('width', 'height', 'sizes');
  });

  it('gives an <img> those widths whatever its src is multiplied by', async () => {
    const parameters = { url: origin.url('/photo.jpg'), width: 64, height: 64, fit: 'cover', dpr: 2 };
    const image = imgAttributes(service.url, parameters, { widths: [128] });
    expect(await load(image.src)).to.deep.equal(['webp', 128, 128]);
    expect(await loadSet(image.srcset)).to.deep.equal([['128w', 'webp', 128, 128]]);
  });

  it('gives an <img> no sides that distort a picture of another shape', () => {
    const box = { url: origin.url('/photo.jpg'), width: 64, height: 64 };
    for (const parameters of [box, { ...box, fit: 'inside' }, { ...box, preset: 'card' }])
      expect(imgAttributes(service.url, parameters)).to.not.have.any.keys('width', 'height');
    for (const fit of ['cover', 'contain'])
      expect(imgAttributes(service.url, { ...box, fit })).to.include({ width: 64, height: 64 });
    expect(imgAttributes(service.url, { ...box, height: undefined })).to.include({ width: 64 });
  });

  it('gives an <img> one picture for each density where no widths are named', async () => {
    const { srcset } = imgAttributes(service.url, { url: origin.url('/photo.jpg'), width: 64 });
    expect(await loadSet(srcset)).to.deep.equal([
      ['1x', 'webp', 64, 96],
      ['2x', 'webp', 128, 192],
      ['3x', 'webp', 192, 288],
    ]);
  });

  it('gives a <picture> each format at URLs of its own', async () => {
    const parameters = { url: origin.url('/photo.jpg'), width: 64 };
    const { sources, img } = pictureAttributes(service.url, parameters, { widths: [64] });
    expect(sources.map(({ type }) => type)).to.deep.equal(['image/avif', 'image/webp']);
    const loaded = await Promise.all(sources.map(({ srcset }) => loadSet(srcset)));
    expect(loaded).to.deep.equal([[['64w', 'heif', 64, 96]], [['64w', 'webp', 64, 96]]]);
    expect(await load(img.src)).to.deep.equal(['jpeg', 64, 96]);
    const html = pictureHtml(service.url, parameters, { alt: 'A "lake" & <more>', formats: ['webp'] });
    expect(html)
      .to.match(
        /^<picture><source type="image\/webp" srcset="[^"]+"><img src="[^"]+" srcset="[^"]+" width="64" /,
      )
      .and.include(' alt="A &quot;lake&quot; &amp; &lt;more>"></picture>');
  });

  it('is a loader of next/image, for each of its widths', async () => {
    const loader = nextLoader(service.url, { origin: origin.url() });
    for (const width of [64, 128, 256, 384, 640, 750, 828, 1080])
      expect(await load(loader({ src: '/photo.jpg', width }))).to.deep.equal([
        'webp',
        width,
        Math.round(width * 1.5),
      ]);
    expect(await load(loader({ src: origin.url('/photo.jpg'), width: 64, quality: 75 }))).to.include(64);
  });

  it('is a provider of Nuxt Image', async () => {
    const provider = nuxtProvider(service.url, { origin: origin.url() });
    const urlFor = (modifiers: object) => provider.getImage('/photo.jpg', { modifiers }).url;
    expect(await load(urlFor({ width: 128 }))).to.deep.equal(['webp', 128, 192]);
    expect(await load(urlFor({ width: '128', height: '64', fit: 'fill', format: 'jpg' }))).to.deep.equal([
      'jpeg',
      128,
      64,
    ]);
    expect(await load(urlFor({ width: 128, height: 64 })), 'not distorted').to.deep.equal(['webp', 128, 64]);
    const padding = { origin: origin.url(), parameters: { fit: 'contain' } };
    for (const padded of [
      nuxtProvider(service.url, padding).getImage('/photo.jpg', { modifiers: { width: 128, height: 64 } })
        .url,
      unpicTransformer(service.url, padding)('/photo.jpg', { width: 128, height: 64 }),
    ])
      expect(padded).to.match(/fit=contain/);
    const other = provider.getImage('/photo.jpg', {
      modifiers: { width: 64 },
      baseURL: 'https://other.example',
    });
    expect(other.url).to.match(/^https:\/\/other\.example\/thumbnail\?/);
    expect(urlFor({ background: '#ffcc00', width: 64 })).to.match(/background=ffcc00/);
    expect(urlFor({ background: '#fc0', width: 64 })).to.match(/background=ffcc00/);
    expect(urlFor({ position: 'left top', width: 64 })).to.match(/position=top-left/);
  });

  it('is a transformer of unpic, in its own components', async () => {
    const { src, srcset } = transformBaseImageProps({
      src: '/photo.jpg',
      width: 180,
      height: 180,
      layout: 'fixed',
      transformer: unpicTransformer(service.url, { origin: origin.url() }),
    });
    expect(await load(String(src))).to.deep.equal(['webp', 180, 180]);
    const sides = (await loadSet(String(srcset).replaceAll(',\n', ', '))).map(([, , width, height]) => [
      width,
      height,
    ]);
    expect(sides).to.deep.include.members([
      [180, 180],
      [360, 360],
    ]);
  });
});
