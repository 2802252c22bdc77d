import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from './chromium.ts';
import { recogniseFormat } from '../../src/domain/image/image-header.ts';
import type { Sides } from '../../src/domain/image/target-box.ts';
import type { Pixels } from './images.ts';

const PAGE = '<!doctype html><title>drawing</title>';

/** Draws images as Chromium does: on a canvas of their own size, in sRGB. Bytes go over loopback, not the debugger. */
export class ChromiumDrawing implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #page: Page;
  readonly #server: Server;
  readonly #exchange: Exchange;

  private constructor(browser: Browser, page: Page, server: Server, exchange: Exchange) {
    this.#browser = browser;
    this.#page = page;
    this.#server = server;
    this.#exchange = exchange;
  }

  /** @throws Error where Chromium is not installed */
  static async start(): Promise<ChromiumDrawing> {
    const exchange: Exchange = { image: Buffer.alloc(0), drawn: Buffer.alloc(0) };
    const server = createServer((request, response) => void answer(request, response, exchange));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const browser = await launchChromium();
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return new ChromiumDrawing(browser, page, server, exchange);
  }

  /**
   * The image's pixels, RGBA, of its first frame; undefined where Chromium shows nothing of it.
   *
   * @param as in which size; its own where that is not said
   */
  async draw(image: Uint8Array, as?: Sides): Promise<Pixels | undefined> {
    this.#exchange.image = image;
    const sides = await this.#page.evaluate<Sides | undefined>(`(${DRAW_IN_PAGE})(${JSON.stringify(as)})`);
    if (sides === undefined) return undefined;
    const { drawn: data } = this.#exchange;
    for (let at = 3; at < data.length; at += 4) {
      if (data[at] !== 0) return { data, ...sides, channels: 4 };
    }
    return undefined;
  }

  /** The sides that Chromium gives it; undefined where it does not show it. */
  async sidesOf(image: Uint8Array): Promise<Sides | undefined> {
    this.#exchange.image = image;
    return this.#page.evaluate<Sides | undefined>(`(${LOAD_IN_PAGE})()`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

interface Exchange {
  image: Uint8Array;
  drawn: Buffer;
}

async function answer(request: IncomingMessage, response: ServerResponse, exchange: Exchange): Promise<void> {
  if (request.method === 'POST') {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    exchange.drawn = Buffer.concat(parts);
    response.end();
  } else if (request.url?.startsWith('/image') === true) {
    response.setHeader('cache-control', 'no-store');
    const isSvg = recogniseFormat(exchange.image) === 'svg';
    if (isSvg) response.setHeader('content-type', 'image/svg+xml');
    if (isSvg && exchange.image[0] === 0x1f) response.setHeader('content-encoding', 'gzip');
    response.end(exchange.image);
  } else {
    response.setHeader('content-type', 'text/html');
    response.end(request.url === '/' ? PAGE : '');
  }
}

/** Runs in the page, whose types this program does not have. */
const LOAD_IN_PAGE = `async () => {
  const image = new Image();
  image.src = '/image?' + Math.random();
  const isLoaded = await new Promise((resolve) => {
    image.onload = () => resolve(true);
    image.onerror = () => resolve(false);
  });
  const { naturalWidth: width, naturalHeight: height } = image;
  return !isLoaded || width === 0 ? undefined : { image, width, height };
}`;

const DRAW_IN_PAGE = `async (as) => {
  const loaded = await (${LOAD_IN_PAGE})();
  if (loaded === undefined) return undefined;
  const { width, height } = as ?? loaded;
  const context = new OffscreenCanvas(width, height).getContext('2d');
  context.drawImage(loaded.image, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  await fetch('/drawn', { method: 'POST', body: data });
  return { width, height };
}`;
