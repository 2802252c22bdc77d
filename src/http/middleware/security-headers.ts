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

/** The page that describes the API may ask it, too, to show its answers. */
export const DOCS_POLICY = `${PAGE_POLICY}; connect-src 'self'`;

/** Image bytes may do nothing at all, should a browser be brought to show them as a document. */
export const INERT_POLICY = "default-src 'none'; sandbox";

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

/** What a thumbnail has of them: the others are about pages, and would weigh half as much as a small thumbnail. */
export function securityHeadersOfImage({ hsts }: SecurityHeaderOptions): Readonly<Record<string, string>> {
  return {
    'Content-Security-Policy': INERT_POLICY,
    'X-Content-Type-Options': 'nosniff',
    ...(hsts && STRICT_TRANSPORT),
  };
}

/** Sets the headers that every answer has where its route sets no other value, but for thumbnails and those about health. */
export function securityHeaders({ hsts }: SecurityHeaderOptions): Middleware {
  const headers = Object.entries({ ...SECURITY_HEADERS, ...(hsts && STRICT_TRANSPORT) });
  return async (ctx, next) => {
    await next();
    // A thumbnail is on its way by now, with what it needs.
    if (ctx.respond === false) return;
    for (const [name, value] of headers) if (!ctx.res.hasHeader(name)) ctx.res.setHeader(name, value);
  };
}
