import { SourceHeaderReader } from '../domain/access/source-header-reader.ts';
import type { SecretSource } from '../ports/secret-source.ts';
import type { Logger } from '../telemetry/logger.ts';

/** Header fields that have become malformed since the start are not used; the ones before them stay in use. */
export function createSourceHeaders(secrets: SecretSource, logger: Logger): SourceHeaderReader {
  return new SourceHeaderReader({
    secrets,
    onFault: (error) =>
      logger.error({ err: error }, 'the new source headers are invalid; the previous ones stay in use'),
  });
}
