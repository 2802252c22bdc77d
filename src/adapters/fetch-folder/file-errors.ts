import {
  OverloadedError,
  SourceUnreachableError,
  ThumbnailerError,
  isOwnShortage,
} from '../../domain/errors/index.ts';

const STATUSES: Readonly<Record<string, number>> = {
  ENOENT: 404,
  ENOTDIR: 404,
  ENAMETOOLONG: 404,
  ELOOP: 404,
  ENXIO: 404,
  EACCES: 403,
  EPERM: 403,
};

/** As HTTP has it, where the file system says plainly that there is no such file, or none for us. */
export function statusOf(error: unknown): number | undefined {
  return STATUSES[(error as NodeJS.ErrnoException).code ?? ''];
}

export function translateError(error: unknown): ThumbnailerError {
  if (error instanceof ThumbnailerError) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  if (isOwnShortage(cause)) return new OverloadedError(undefined, { cause });
  return new SourceUnreachableError("The image's file couldn't be read.", { cause });
}

/** What the file system says of an image, without its path: that came from a client, and the log has none of those. */
export function withoutPath(error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return code === undefined || error instanceof ThumbnailerError
    ? error
    : Object.assign(new Error(`${code}: ${syscall ?? 'a file'}`), { code });
}
