/** All but the zero-width non-joiner and joiner: Persian, scripts of India and many emoji are spelled with these. */
const HIDDEN = /(?![\u200c\u200d])[\p{C}\p{Zl}\p{Zp}]/gu;

/** One of these that has no character before it, or none behind it. */
const LONE_JOINER = /(?<![^\s\u200c\u200d])[\u200c\u200d]|[\u200c\u200d](?![^\s\u200c\u200d])/gu;

/**
 * A file's name that somebody else chose, as it is shown: without control characters, those that turn the direction of
 * text around or take no width, and separators of lines. What joins two characters, or keeps them apart, stays.
 */
export function visibleName(name: string): string {
  return name.replace(HIDDEN, '').replace(LONE_JOINER, '').trim();
}
