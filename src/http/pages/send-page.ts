import type { Context } from 'koa';

/** Answers with a page. It is not stored: it shows the address that the person came by, or what was sent. */
export function sendPage(ctx: Context, html: string | Buffer): void {
  ctx.status = 200;
  ctx.type = 'text/html; charset=utf-8';
  ctx.set('Cache-Control', 'no-store');
  ctx.body = html;
}
