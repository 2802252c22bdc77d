import { BLOCK } from '../gif-blocks.ts';
import { firstBlockAt, firstFrameEnd, readGifHeader } from '../image-header/gif.ts';

/**
 * A GIF that ends with its first frame, of which some of the canvas is bare. Ahead of it stands a clear pixel in the
 * canvas's last corner: libnsgif has transparency only where some frame has, so that what is bare would be black, and it
 * does not believe every canvas, but extends it by the first of the frames.
 */
export function stillGif(file: Buffer): Buffer {
  const end = firstFrameEnd(file);
  if (end > file.length) return file;
  return Buffer.concat([transparentGif(file.subarray(0, end)), TRAILER]);
}

/** All of such a GIF, behind the same pixel. */
export function transparentGif(file: Buffer): Buffer {
  const { width, height } = readGifHeader(file);
  const blocksAt = firstBlockAt(file);
  return Buffer.concat([
    file.subarray(0, blocksAt),
    clearPixelAt(width - 1, height - 1),
    file.subarray(blocksAt),
  ]);
}

const TRAILER = Buffer.of(BLOCK.trailer);

/** A graphic control extension by which the first colour is transparent, and a frame in it (GIF89a, 20 and 23). */
function clearPixelAt(left: number, top: number): Buffer {
  // One by one, with a table of two colours of its own.
  const frame = Buffer.from('2c000000000100010080' + '000000000000' + '0202440100', 'hex');
  frame.writeUInt16LE(left, 1);
  frame.writeUInt16LE(top, 3);
  return Buffer.concat([Buffer.from('21f9040100000000', 'hex'), frame]);
}
