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
const SECURITY_HEADERS = {
  'Content-Security-Policy': PAGE_POLICY,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Origin-Agent-Cluster': '?1',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-DNS-Prefetch-Control': 'off',
  'X-Download-Options': 'noopen',
  'X-Frame-Options': 'DENY',
  'X-Permitted-Cross-Domain-Policies': 'none',
  'X-XSS-Protection': '0',
};

/** Binds the whole domain, for a year: for the operator to decide, who knows what else lives there. */
const STRICT_TRANSPORT = { 'Strict-Transport-Security': 'max-age=31536000; includeSubDomains' };

export interface SecurityHeaderOptions {
  /** Whether browsers that came over HTTPS are to come over nothing else (HTTP Strict Transport Security). */
  readonly hsts: boolean;
}

/** The headers that every answer has, but for those about health. */
export function securityHeadersOf({ hsts }: SecurityHeaderOptions): Readonly<Record<string, string>> {
  return hsts ? { ...SECURITY_HEADERS, ...STRICT_TRANSPORT } : SECURITY_HEADERS;
}

/** Sets the headers that every answer has; a route that needs another value sets its own afterwards. */
export function securityHeaders(options: SecurityHeaderOptions): Middleware {
  const headers = securityHeadersOf(options);
  return async (ctx, next) => {
    ctx.set(headers);
    await next();
  };
}
