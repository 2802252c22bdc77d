import type { Answer } from './http-connection.ts';
import { sniffImage } from './image-size.ts';
import type { ExpectedImage, Expectation } from './plan.ts';

/** What is wrong with an answer, in a sentence; undefined where it is as it has to be. */
export function problemOf({ status, head, body }: Answer, expected: Expectation): string | undefined {
  if (!expected.statuses.includes(status)) return `status ${status}: ${body.toString('utf8', 0, 200)}`;
  const isGood = status === 200 || status === 304;
  if (!isGood) return undefined;
  if (expected.cache !== undefined && expected.cache !== cacheStatusOf(head)) {
    return `a ${cacheStatusOf(head)} instead of a ${expected.cache}`;
  }
  if (expected.etag !== undefined && !head.includes(expected.etag)) return 'another ETag than before';
  if (status === 304) return undefined;
  if (expected.body !== undefined && body.compare(expected.body) !== 0) return 'other bytes than before';
  if (expected.includes !== undefined && !body.includes(expected.includes)) {
    return `a page without ${expected.includes}`;
  }
  return expected.image && imageProblem(body, expected.image);
}

function cacheStatusOf(head: string): 'hit' | 'miss' | 'neither' {
  const status = /\r\ncache-status: *([^\r]*)/i.exec(head)?.[1] ?? '';
  if (status.includes('; hit')) return 'hit';
  return status.includes('fwd=') ? 'miss' : 'neither';
}

/** Which way the shorter side was rounded is the encoder's own business. */
function imageProblem(body: Buffer, expected: ExpectedImage): string | undefined {
  const found = sniffImage(body);
  const isRight =
    found?.format === expected.format &&
    Math.abs(found.width - expected.width) <= 1 &&
    Math.abs(found.height - expected.height) <= 1;
  const text = ({ format, width, height }: ExpectedImage) => `${format} ${width}×${height}`;
  return isRight ? undefined : `${found ? text(found) : 'no image'} instead of ${text(expected)}`;
}
