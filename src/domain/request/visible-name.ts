/**
 * A file's name that somebody else chose, as it is shown: without control characters, those that turn the direction of
 * text around or take no width, and separators of lines.
 */
export function visibleName(name: string): string {
  return name.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '').trim();
}
