import { etagOf } from '../../domain/cache/cache-entry.ts';
import type { MadeResult } from '../../domain/making/thumbnail-service.ts';
import type { InfoField } from '../../domain/request/info-spec.ts';
import type { AnswerBody } from '../thumbnail/send-answer.ts';

/** What is sent of an info: the fields that were asked for. */
export function infoBody({ entry }: MadeResult, fields: readonly InfoField[]): AnswerBody {
  if (entry.kind !== 'info') throw new Error('a request for an info was answered with a thumbnail');
  const known = Object.fromEntries(fields.map((field) => [field, entry.info[field]]));
  const bytes = Buffer.from(JSON.stringify(known));
  return { bytes, type: 'application/json', etag: etagOf(bytes) };
}
