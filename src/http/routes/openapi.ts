import { createHash } from 'node:crypto';
import type { Middleware } from 'koa';
import type { OptionLimits } from '../../domain/request/option.ts';
import { matchesEtag } from '../thumbnail/etag.ts';
import type { Site } from '../site.ts';
import { openApiDocument } from '../openapi/openapi.ts';

/** It changes with a release or with the operator's settings. */
const CACHE_CONTROL = 'public, max-age=300';

/** `GET /openapi.json`: what there is to ask for here, for programs. */
export function openApiRoute(limits: OptionLimits, site: Site): Middleware {
  const body = JSON.stringify(openApiDocument(limits, site));
  const etag = createHash('sha256').update(body).digest('base64url').slice(0, 22);
  return (ctx) => {
    ctx.set({ ETag: `"${etag}"`, 'Cache-Control': CACHE_CONTROL });
    if (matchesEtag(ctx.get('If-None-Match'), etag)) {
      ctx.status = 304;
      return;
    }
    ctx.body = body;
    ctx.type = 'application/json';
  };
}
