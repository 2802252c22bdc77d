import type { multipart } from 'formidable';
import type { koaBody } from 'koa-body';

interface BodyParsers {
  readonly koaBody: typeof koaBody;
  readonly multipart: typeof multipart;
}

let parsers: Promise<BodyParsers> | undefined;

/**
 * What reads the bodies of forms. Loading it takes a quarter of the time of a start, so it is loaded afterwards: once the
 * service listens, or with the first form, whichever comes first.
 */
export function bodyParsers(): Promise<BodyParsers> {
  return (parsers ??= load());
}

async function load(): Promise<BodyParsers> {
  const [{ koaBody }, { multipart }] = await Promise.all([import('koa-body'), import('formidable')]);
  return { koaBody, multipart };
}
