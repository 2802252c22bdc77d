/** Whether the file, or its folder, is not there. */
export function isAbsence(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** For a promise of what may not be there. */
export function ifAbsent(error: unknown): undefined {
  if (isAbsence(error)) return undefined;
  throw error as Error;
}
