import { SourceHeaderReader, parseSourceHeaders } from '../domain/access/source-headers.ts';
import { type SecretSource, SecretSourceError } from '../ports/secret-source.ts';
import type { Logger } from '../telemetry/logger.ts';

/** A malformed line is a fault of the start; later, the lines before it stay in use. */
export async function createSourceHeaders(
  secrets: SecretSource,
  logger: Logger,
): Promise<SourceHeaderReader> {
  try {
    parseSourceHeaders((await secrets.read())['source-headers'] ?? '');
  } catch (cause) {
    if (cause instanceof SecretSourceError) throw cause;
    const reason = cause instanceof Error ? cause.message : '';
    throw new SecretSourceError(`The source-headers in ${secrets.description} are invalid: ${reason}.`, {
      cause,
    });
  }
  return new SourceHeaderReader({
    secrets,
    onFault: (error) =>
      logger.error({ err: error }, 'the new source headers are invalid; the previous ones stay in use'),
  });
}
