import { formatBytes } from '../../domain/errors/units.ts';
import { HttpFault } from '../error-responses.ts';

/** What a form may weigh beside its image: its fields, and the heads of its parts. */
export const FORM_BYTES = 32 * 1024;

/** What an image that is sent here may have; the same as one that is fetched. */
export interface UploadLimits {
  readonly maxBytes: number;
  /** For its body to arrive. */
  readonly timeoutMs: number;
}

export function tooLarge({ maxBytes }: UploadLimits): HttpFault {
  return new HttpFault(
    'request-too-large',
    `The image is larger than ${formatBytes(maxBytes)}. Use a smaller version.`,
  );
}
