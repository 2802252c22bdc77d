import { asBuffer } from '../../domain/image/bytes.ts';
import { MEDIA_TYPES } from '../../domain/image/formats.ts';
import type { MadeResult } from '../../domain/making/thumbnail-service.ts';
import type { Disposition } from './file-name.ts';
import type { AnswerBody } from './send-answer.ts';

/** What is sent of a thumbnail. */
export function thumbnailBody({ entry }: MadeResult, disposition: Disposition): AnswerBody {
  if (entry.kind !== 'thumbnail') throw new Error('a request for a thumbnail was answered with an info');
  const { bytes, format } = entry.thumbnail;
  const type = MEDIA_TYPES[format];
  return { bytes: asBuffer(bytes), type, etag: entry.etag, disposition: disposition(format) };
}
