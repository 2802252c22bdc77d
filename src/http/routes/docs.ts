import type { Middleware } from 'koa';
import type { OptionLimits } from '../../domain/request/option.ts';
import { docsViews } from '../docs/docs-view.ts';
import { DOCS_POLICY } from '../middleware/security-headers.ts';
import { originOf } from '../pages/origin.ts';
import type { Pages } from '../pages/pages.ts';
import { sendPage } from '../pages/send-page.ts';
import type { Site } from '../site.ts';

/** `GET /docs`: the API for people, and the requests that its forms make. */
export function docsRoute(pages: Pages, limits: OptionLimits, site: Site): Middleware {
  // Not before somebody reads it: a start need not wait for it.
  let viewFor: ReturnType<typeof docsViews> | undefined;
  return (ctx) => {
    viewFor ??= docsViews(limits, site);
    const view = viewFor(originOf(ctx) + site.basePath, new URLSearchParams(ctx.querystring));
    ctx.set('Content-Security-Policy', DOCS_POLICY);
    sendPage(ctx, pages.docs(view));
  };
}
