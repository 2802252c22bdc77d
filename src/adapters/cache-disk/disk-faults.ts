import { type CacheFault, CacheRefusal } from '../../ports/thumbnail-cache.ts';

const FAULTS: Readonly<Record<string, CacheFault>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EROFS: 'read-only',
  EACCES: 'rights',
  EPERM: 'rights',
};

/** What the file system says of the cache's folder: a refusal where that is known for one. */
export function diskFault(cause: unknown): Error {
  const error = cause as NodeJS.ErrnoException;
  const fault = FAULTS[error.code ?? ''];
  return fault === undefined ? error : new CacheRefusal(fault, error.message, { cause });
}

/** Whether the file, or its folder, is not there. */
export function isAbsence(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** For a promise of what may not be there. */
export function ifAbsent(error: unknown): undefined {
  if (isAbsence(error)) return undefined;
  throw error as Error;
}
