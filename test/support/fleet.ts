import { createHmac } from 'node:crypto';
import sharp from 'sharp';
import { textToSign } from '../../src/domain/access/signature.ts';
import { plain } from '../../scripts/kit/images.ts';
import { Memcached, whyNoMemcached } from '../../scripts/kit/memcached.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { RedisServer, whyNoRedis } from '../../scripts/kit/redis.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';
import type { ServerProcess } from '../../scripts/kit/server-process.ts';

const KEY = Buffer.alloc(32, 'key');
const COLOURS = { red: [200, 0, 0], blue: [0, 0, 200], green: [0, 160, 0] } as const;
export type Colour = keyof typeof COLOURS;

export interface Backend {
  readonly name: string;
  /** Why it cannot be tried here. */
  readonly missing: string | undefined;
  readonly start: () => Promise<{ server: ServerProcess; environment: Record<string, string> }>;
}

/** What processes may share. */
export const BACKENDS: readonly Backend[] = [
  {
    name: 'memcached',
    missing: whyNoMemcached(),
    start: async () => {
      const server = await Memcached.start();
      return { server, environment: { MEMCACHIER_SERVERS: server.address } };
    },
  },
  {
    name: 'redis',
    missing: whyNoRedis(),
    start: async () => {
      const server = await RedisServer.start();
      return { server, environment: { REDIS_URL: server.url } };
    },
  },
];

/** What was answered to a request. */
export interface Shown {
  readonly status: number;
  /** Of the thumbnail; undefined where there is none. */
  readonly colour: Colour | undefined;
  readonly cacheStatus: string;
  readonly headers: Headers;
}

/** Several processes of the service, an origin that they fetch from, and a server that they share. */
export class Fleet implements AsyncDisposable {
  readonly server: ServerProcess;
  readonly origin: Origin;
  readonly services: RunningService[];
  readonly #environment: Record<string, string>;
  readonly #images: ReadonlyMap<string, Buffer>;

  static async start(backend: Backend, settings: Record<string, string>, count = 2): Promise<Fleet> {
    const { server, environment } = await backend.start();
    const all = { ...environment, SIGNING_KEYS: `k:${KEY.toString('base64url')}`, ...settings };
    const services = await Promise.all(Array.from({ length: count }, () => RunningService.start(all)));
    const images = new Map<string, Buffer>();
    for (const [colour, rgb] of Object.entries(COLOURS))
      images.set(
        colour,
        await plain(200, 100, [...rgb])
          .png()
          .toBuffer(),
      );
    return new Fleet(server, await startOrigin(), services, all, images);
  }

  private constructor(
    server: ServerProcess,
    origin: Origin,
    services: RunningService[],
    environment: Record<string, string>,
    images: ReadonlyMap<string, Buffer>,
  ) {
    this.server = server;
    this.origin = origin;
    this.services = services;
    this.#environment = environment;
    this.#images = images;
  }

  imageOf(colour: Colour): Buffer {
    return this.#images.get(colour) ?? Buffer.alloc(0);
  }

  /** The origin's image has that colour from now on. */
  paint(
    colour: Colour,
    path = '/i',
    headers: Record<string, string> = { 'cache-control': 'max-age=86400' },
  ): void {
    this.origin.serve(path, { body: this.imageOf(colour), type: 'image/png', headers });
  }

  /** As `paint`, with an ETag, which the origin knows again. */
  paintValidated(colour: Colour, path: string, headers: Record<string, string>): void {
    const etag = `"${colour}"`;
    this.origin.serve(path, (request, response) => {
      const isKnown = request.headers['if-none-match'] === etag;
      response.writeHead(isKnown ? 304 : 200, { etag, ...headers });
      response.end(isKnown ? undefined : this.imageOf(colour));
    });
  }

  /** Asks one of the processes for a thumbnail, signed, and to refresh it, if so wished. */
  async ask(
    process: number,
    { size = '64', path = '/i', signed = false, refresh = false, signal = AbortSignal.timeout(30_000) } = {},
  ): Promise<Shown> {
    const query = new URLSearchParams({ url: this.origin.url(path), size, format: 'png' });
    if (signed || refresh) sign(query, 'GET');
    const headers = refresh ? { 'cache-control': 'no-cache' } : {};
    const response = await fetch(`${this.#urlOf(process)}/thumbnail?${query.toString()}`, {
      headers,
      signal,
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    return {
      status: response.status,
      colour: response.status === 200 ? await colourOf(bytes) : undefined,
      cacheStatus: response.headers.get('cache-status') ?? '',
      headers: response.headers,
    };
  }

  /** @returns the status of the answer */
  async purge(process: number, path = '/i'): Promise<number> {
    const query = new URLSearchParams({ url: this.origin.url(path) });
    sign(query, 'DELETE');
    const address = `${this.#urlOf(process)}/thumbnail?${query.toString()}`;
    return (await fetch(address, { method: 'DELETE' })).status;
  }

  /** Ends all processes at once, and starts others. */
  async restart(): Promise<void> {
    await Promise.all(this.services.map((service) => service.stop('SIGKILL')));
    const started = await Promise.all(this.services.map(() => RunningService.start(this.#environment)));
    this.services.splice(0, this.services.length, ...started);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.services.map((service) => service.stop('SIGKILL')));
    await this.origin[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
  }

  #urlOf(process: number): string {
    return this.services[process % this.services.length]?.url ?? '';
  }
}

function sign(query: URLSearchParams, method: 'GET' | 'DELETE'): void {
  query.set('key', 'k');
  query.set('expires', '4000000000');
  const text = textToSign(`${method} /thumbnail`, query);
  query.set('signature', createHmac('sha256', KEY).update(text).digest('base64url'));
}

async function colourOf(image: Buffer): Promise<Colour | undefined> {
  const pixel = [...(await sharp(image).resize(1, 1).removeAlpha().raw().toBuffer())];
  const isLike = (rgb: readonly number[]) =>
    rgb.every((value, at) => Math.abs(value - (pixel[at] ?? 0)) < 40);
  return (Object.keys(COLOURS) as Colour[]).find((colour) => isLike(COLOURS[colour]));
}
