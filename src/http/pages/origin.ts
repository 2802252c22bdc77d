import type { Context } from 'koa';

/**
 * Scheme and authority under which the person reached this service, for the addresses to copy. The host has been
 * checked against those allowed. A proxy that ends TLS says so in X-Forwarded-Proto; anyone who forges it is shown the
 * other scheme, and nobody else: the page is not stored.
 */
export function originOf(ctx: Context): string {
  const isSecure = ctx.secure || /^\s*https\s*(,|$)/i.test(ctx.get('X-Forwarded-Proto'));
  return `${isSecure ? 'https' : 'http'}://${ctx.host}`;
}
