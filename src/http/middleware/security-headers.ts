import type { Middleware } from 'koa';

/** A page may load its style, its script and its images from here, show data: thumbnails, post its form here, and no more. */
const PAGE_POLICY = [
  "default-src 'none'",
  "img-src 'self' data:",
  "style-src 'self'",
  "script-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Image bytes may do nothing at all, should a browser be brought to show them as a document. */
export const INERT_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'";

/** What helmet 8 sends; test/http/middleware/security-headers.spec.ts holds this list against helmet itself. */
export const SECURITY_HEADERS = {
  'Content-Security-Policy': PAGE_POLICY,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Origin-Agent-Cluster': '?1',
  'Referrer-Policy': 'no-referrer',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
  'X-DNS-Prefetch-Control': 'off',
  'X-Download-Options': 'noopen',
  'X-Frame-Options': 'DENY',
  'X-Permitted-Cross-Domain-Policies': 'none',
  'X-XSS-Protection': '0',
};

/** Sets the headers that every answer has; a route that needs another value sets its own afterwards. */
export function securityHeaders(): Middleware {
  return async (ctx, next) => {
    ctx.set(SECURITY_HEADERS);
    await next();
  };
}
