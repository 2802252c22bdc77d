import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Middleware } from 'koa';
import { matchesEtag } from '../thumbnail/etag.ts';
import { INERT_POLICY } from '../middleware/security-headers.ts';

const FILES = {
  '/style.css': 'text/css; charset=utf-8',
  '/app.js': 'text/javascript; charset=utf-8',
  '/favicon.svg': 'image/svg+xml',
  '/samples/lake.jpg': 'image/jpeg',
  '/samples/lake-preview.webp': 'image/webp',
  '/samples/balloon.png': 'image/png',
  '/samples/balloon-preview.webp': 'image/webp',
  '/samples/waves.gif': 'image/gif',
  '/samples/waves-preview.webp': 'image/webp',
} as const;
export type AssetPath = keyof typeof FILES;

const IMMUTABLE = 'public, max-age=31536000, immutable';
/** Asked for without its version: by hand, or by a page of another release during a deployment. */
const SHORT = 'public, max-age=300';

interface Asset {
  readonly body: Buffer;
  /** The same in gzip, where that is worth while. */
  readonly packed?: Buffer | undefined;
  readonly type: string;
  readonly version: string;
}

/**
 * The few files that pages refer to, samples among them, read once. Each address carries a digest, so that browsers keep
 * it for good.
 */
export class Assets {
  readonly #files: Readonly<Record<AssetPath, Asset>>;
  readonly #basePath: string;
  readonly paths: readonly AssetPath[];

  constructor(basePath: string) {
    this.#basePath = basePath;
    this.#files = Object.fromEntries(
      Object.entries(FILES).map(([path, type]) => {
        const body = readFileSync(new URL(`./public${path}`, import.meta.url));
        const version = createHash('sha256').update(body).digest('base64url').slice(0, 10);
        const packed = type.startsWith('text/') ? gzipSync(body, { level: 9 }) : undefined;
        return [path, { body, packed, type, version }];
      }),
    ) as Record<AssetPath, Asset>;
    this.paths = Object.keys(FILES) as AssetPath[];
  }

  /** The address under which a page refers to the file. */
  href(path: AssetPath): string {
    return `${this.pathOf(path)}?v=${this.#files[path].version}`;
  }

  /** Its path on this service. */
  pathOf(path: AssetPath): string {
    return this.#basePath + path;
  }

  /** The file itself. */
  bytes(path: AssetPath): Buffer {
    return this.#files[path].body;
  }

  /** `GET` and `HEAD` of the file, in gzip for a client that takes it. */
  route(path: AssetPath): Middleware {
    const { body, packed, type, version } = this.#files[path];
    return (ctx) => {
      if (packed !== undefined) ctx.vary('Accept-Encoding');
      const isPacked = packed !== undefined && ctx.acceptsEncodings('gzip', 'identity') === 'gzip';
      const etag = isPacked ? `${version}-gzip` : version;
      ctx.set({
        ETag: `"${etag}"`,
        'Cache-Control': ctx.querystring === `v=${version}` ? IMMUTABLE : SHORT,
      });
      if (matchesEtag(ctx.get('If-None-Match'), etag)) {
        ctx.status = 304;
        return;
      }
      if (type.startsWith('image/')) ctx.set('Content-Security-Policy', INERT_POLICY);
      if (isPacked) ctx.set('Content-Encoding', 'gzip');
      ctx.set('Content-Type', type);
      ctx.body = isPacked ? packed : body;
    };
  }
}
