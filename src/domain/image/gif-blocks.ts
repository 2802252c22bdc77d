/** What the blocks of a GIF begin with (GIF89a, 20 to 27). */
export const BLOCK = { extension: 0x21, image: 0x2c, trailer: 0x3b } as const;

export const HEADER_BYTES = 13;
/** Of the size of a frame, ahead of its own colour table. */
export const DESCRIPTOR_BYTES = 10;

/** What the blocks of a GIF come to. */
export interface GifBlocks {
  readonly frames: number;
  /** Whether the file ends within a block. A trailer behind the last one is often left out. */
  readonly isCut: boolean;
}

/**
 * Walks image descriptors, among extensions; each is followed by blocks of data, up to an empty one (GIF89a, 20 to 26). Nothing
 * is decoded, and it never throws.
 */
export function walkGif(bytes: Buffer): GifBlocks {
  let frames = 0;
  let at = HEADER_BYTES + colourTableBytes(bytes[10] ?? 0);
  while (at < bytes.length) {
    const isFrame = bytes[at] === BLOCK.image;
    if (!isFrame && bytes[at] !== BLOCK.extension) return { frames, isCut: false };
    if (isFrame) frames += 1;
    const dataAt = isFrame ? DESCRIPTOR_BYTES + colourTableBytes(bytes[at + 9] ?? 0) + 1 : 2;
    at += dataAt;
    for (let length = bytes[at] ?? 0; length > 0; length = bytes[at] ?? 0) at += 1 + length;
    at += 1;
  }
  return { frames, isCut: at > bytes.length };
}

/** Of the colour table that follows, by the flags of a header or a frame; 0 where there is none. */
export function colourTableBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}
