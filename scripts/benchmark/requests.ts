import type { Expectation, LoadRequest } from './load/plan.ts';
import { type Job, thumbnailSize } from './jobs.ts';
import type { Source } from './sources.ts';
import type { Subject } from './subject.ts';

/** What browsers send, shortened to what is looked at or has to be parsed. */
const USUAL_FIELDS = [
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Accept: image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5',
  'Accept-Language: en-GB,en;q=0.5',
  'Accept-Encoding: gzip, deflate, br, zstd',
];

type Addressed = Pick<Subject, 'authority'>;

/** Method, path and query, and what is to come back. */
export function request(
  { authority }: Addressed,
  line: string,
  expected: Expectation,
  fields: readonly string[] = [],
  body = '',
): LoadRequest {
  const head = [`${line} HTTP/1.1`, `Host: ${authority}`, ...USUAL_FIELDS, ...fields];
  return { text: `${head.join('\r\n')}\r\n\r\n${body}`, expected };
}

/** `size` and `format` of a thumbnail, in whatever order its address has them. */
export function thumbnailLine(url: string, size: number, format?: string): string {
  const query = new URLSearchParams({ url, size: String(size), ...(format !== undefined && { format }) });
  return `GET /thumbnail?${query.toString()}`;
}

/** A thumbnail that nobody has asked for yet. */
export function missOf(subject: Addressed, job: Job, source: Source, url: string): LoadRequest {
  const { size, format } = job;
  const image = format === 'png' ? {} : { image: { format, ...thumbnailSize(source, size) } };
  return request(subject, thumbnailLine(url, size, format), { statuses: [200], cache: 'miss', ...image });
}

/** The form, filled in and sent. */
export function submission(
  subject: Addressed,
  url: string,
  size: number,
  expected: Expectation,
): LoadRequest {
  const body = new URLSearchParams({ image_url: url, thumbnail_size: String(size) }).toString();
  const fields = ['Content-Type: application/x-www-form-urlencoded', `Content-Length: ${body.length}`];
  return request(subject, 'POST /', expected, fields, body);
}
