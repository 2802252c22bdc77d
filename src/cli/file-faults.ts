/** What the file system says of a file or a folder, in a sentence. */
export function reasonOf(error: unknown): string {
  const { code, message, path } = error as NodeJS.ErrnoException;
  // Node reads such a name with marks in place of some bytes, and then finds nothing under it.
  if (code === 'ENOENT' && path?.includes('\uFFFD')) return 'The name is not in UTF-8. Rename it.';
  return SENTENCES[code ?? ''] ?? message;
}

const SENTENCES: Readonly<Record<string, string>> = {
  ENOENT: 'There is no such file or folder.',
  EACCES: 'You do not have the permission.',
  EPERM: 'You do not have the permission.',
  EISDIR: 'This is a folder.',
  ENOTDIR: 'A part of the path is a file, not a folder.',
  EROFS: 'The file system is read-only.',
  ENOSPC: 'The disk is full.',
  ENAMETOOLONG: 'The name is too long for this file system.',
};
