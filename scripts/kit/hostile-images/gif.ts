/** A GIF of these blocks, with two colours for all frames. */
export function hostileGif(width: number, height: number, blocks: readonly Buffer[]): Buffer {
  const screen = Buffer.concat([u16(width), u16(height), Buffer.of(0x80, 0, 0), COLOURS]);
  return Buffer.concat([Buffer.from('GIF89a'), screen, ...blocks, Buffer.of(0x3b)]);
}

const COLOURS = Buffer.of(9, 90, 200, 0, 0, 0);

export interface GifFrame {
  readonly left?: number;
  readonly top?: number;
  readonly width: number;
  readonly height: number;
  /** Of so many colours of its own, 2 to the power of 1 to 8. */
  readonly localTableBits?: number;
  /** Pixels that are really there, all of one colour; all of them where it is absent. */
  readonly pixels?: number;
}

export function gifFrame({ left = 0, top = 0, width, height, localTableBits, pixels }: GifFrame): Buffer {
  const flags = localTableBits === undefined ? 0 : 0x80 | (localTableBits - 1);
  const table = localTableBits === undefined ? [] : [Buffer.alloc(3 * 2 ** localTableBits)];
  const descriptor = Buffer.concat([u16(left), u16(top), u16(width), u16(height), Buffer.of(flags)]);
  return Buffer.concat([Buffer.of(0x2c), descriptor, ...table, oneColour(pixels ?? width * height)]);
}

/** A block of data beside the frames: comments are 0xfe, what programs add 0xff, how a frame is shown 0xf9. */
export function gifExtension(label: number, data: Buffer): Buffer {
  return Buffer.concat([Buffer.of(0x21, label), subBlocks(data)]);
}

/** Codes that each stand for one pixel more than the last, until there are 4096 of them. */
function oneColour(pixels: number): Buffer {
  const [clear, end] = [4, 5];
  let [bits, count, next, width, run] = [0, 0, end + 1, 3, 0];
  const bytes: number[] = [];
  const write = (code: number) => {
    bits |= code << count;
    for (count += width; count >= 8; count -= 8) {
      bytes.push(bits & 255);
      bits >>>= 8;
    }
  };
  for (let left = pixels; left > 0; left -= run) {
    if (run === 0 || next > 4094) {
      write(clear);
      [next, width, run] = [end + 1, 3, 1];
      write(0);
    } else {
      run = Math.min(run + 1, left);
      write(run === 1 ? 0 : next);
      next += 1;
      if (next === 2 ** width && width < 12) width += 1;
    }
  }
  write(end);
  bytes.push(bits & 255);
  return Buffer.concat([Buffer.of(2), subBlocks(Buffer.from(bytes))]);
}

function subBlocks(data: Buffer): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < data.length; at += 255) {
    const block = data.subarray(at, at + 255);
    blocks.push(Buffer.of(block.length), block);
  }
  return Buffer.concat([...blocks, Buffer.of(0)]);
}

function u16(value: number): Buffer {
  return Buffer.of(value & 255, value >> 8);
}
