import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import sharp from 'sharp';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { Checkout, type Outcome, type StartedService } from './shell.ts';

/** The key of the examples in docs/http-api.md. */
const SIGNING_KEYS = '2026:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8';

const PHOTO = '/photo.jpg';

/** One who follows the documents: with a checkout, a service that `npm start` has started there, and an image. */
export class Reader implements AsyncDisposable {
  readonly checkout: Checkout;
  readonly service: StartedService;
  readonly #origin: Origin;
  readonly #all: AsyncDisposableStack;

  static async create(): Promise<Reader> {
    await using all = new AsyncDisposableStack();
    const origin = all.use(await startOrigin());
    const picture = { create: { width: 640, height: 480, channels: 3, background: '#48c' } } as const;
    const photo = await sharp(picture).jpeg().toBuffer();
    origin.serve(PHOTO, { body: photo });
    const checkout = all.use(await Checkout.create());
    // A local file, for commands that upload it.
    await writeFile(join(checkout.folder, 'photo.jpg'), photo);
    const service = all.use(await checkout.start('npm start', { SIGNING_KEYS }));
    return new Reader(checkout, service, origin, all.move());
  }

  private constructor(
    checkout: Checkout,
    service: StartedService,
    origin: Origin,
    all: AsyncDisposableStack,
  ) {
    this.checkout = checkout;
    this.service = service;
    this.#origin = origin;
    this.#all = all;
  }

  /** Runs a command with the addresses and the key of its example replaced by those that there are here. */
  async run(command: string): Promise<Outcome> {
    const photo = this.#origin.url(PHOTO);
    const here = command
      .replaceAll('http://localhost:8000', this.service.url)
      .replaceAll('https://example.com/photo.jpg', photo)
      .replaceAll(encodeURIComponent('https://example.com/photo.jpg'), encodeURIComponent(photo))
      .replaceAll('SIGNING_KEYS=…', `SIGNING_KEYS=${SIGNING_KEYS}`);
    const outcome = await this.checkout.run(here);
    expect(outcome.code, outcome.stdout + outcome.stderr).to.equal(0);
    return outcome;
  }

  /** Has a thumbnail made, and says what the cache did for it. */
  async cacheStatusAt(serviceUrl: string): Promise<string> {
    const query = new URLSearchParams({ url: this.#origin.url(PHOTO), size: '64' });
    const response = await fetch(`${serviceUrl}/thumbnail?${query.toString()}`);
    expect(response.status).to.equal(200);
    await response.arrayBuffer();
    return /; (hit|fwd=uri-miss)/.exec(response.headers.get('cache-status') ?? '')?.[1] ?? '';
  }

  /** Takes away what a command has saved, and tells of it. */
  async takeImage(name: string): Promise<{ format: string; width: number; height: number }> {
    const path = join(this.checkout.folder, name);
    const { format, width, height } = await sharp(await readFile(path)).metadata();
    await rm(path);
    return { format, width, height };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#all.disposeAsync();
  }
}
