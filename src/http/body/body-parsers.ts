import { lazy } from '../../domain/work/lazy.ts';

/**
 * The parsers of forms: koa-body for urlencoded ones, Busboy for multipart. Loading them takes a quarter of the time of
 * a start, so it happens afterwards: once the service listens, or with the first form, whichever comes first.
 */
export const bodyParsers = lazy(async () => {
  const [{ koaBody }, busboy] = await Promise.all([import('koa-body'), import('@fastify/busboy')]);
  // In the bundle a CommonJS package has a default export alone.
  return { koaBody, Busboy: busboy.default.Busboy };
});
