import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Middleware } from 'koa';
import { matchesEtag } from './etag.ts';

const FILES = { '/style.css': 'text/css; charset=utf-8', '/favicon.svg': 'image/svg+xml' } as const;
type AssetPath = keyof typeof FILES;

const IMMUTABLE = 'public, max-age=31536000, immutable';
/** Asked for without its version: by hand, or by a page of another release during a deployment. */
const SHORT = 'public, max-age=300';

/** The few files that the pages refer to, read once; each address carries a digest, so that browsers keep it for good. */
export class Assets {
  readonly #files: ReadonlyMap<
    string,
    { readonly body: Buffer; readonly type: string; readonly version: string }
  >;

  constructor() {
    this.#files = new Map(
      Object.entries(FILES).map(([path, type]) => {
        const body = readFileSync(new URL(`./public${path}`, import.meta.url));
        const version = createHash('sha256').update(body).digest('base64url').slice(0, 10);
        return [path, { body, type, version }];
      }),
    );
  }

  /** The address under which a page refers to the file. */
  href(path: AssetPath): string {
    return `${path}?v=${this.#files.get(path)?.version ?? ''}`;
  }

  route(path: AssetPath): Middleware {
    const file = this.#files.get(path);
    if (file === undefined) throw new Error(`there is no asset ${path}`);
    return (ctx) => {
      ctx.set({
        ETag: `"${file.version}"`,
        'Cache-Control': ctx.querystring === `v=${file.version}` ? IMMUTABLE : SHORT,
      });
      if (matchesEtag(ctx.get('If-None-Match'), file.version)) {
        ctx.status = 304;
        return;
      }
      ctx.set('Content-Type', file.type);
      ctx.body = file.body;
    };
  }
}
