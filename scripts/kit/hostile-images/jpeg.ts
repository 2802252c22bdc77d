/** JPEGs whose structure no encoder makes, of a plain grey and next to no data. */
export interface HostileJpeg {
  readonly width: number;
  readonly height: number;
  readonly components?: number;
  /** Sampling factors of the first component; the others have 1 by 1. */
  readonly sampling?: readonly [across: number, down: number];
  /** Start of frame: 0xc2 is progressive, 0xc0 baseline, 0xc9 and 0xca the same with arithmetic coding. */
  readonly frame?: number;
  readonly scans: readonly JpegScan[];
  readonly restartInterval?: number;
}

export interface JpegScan {
  /** Numbers of the components, from 1 on. */
  readonly components: readonly number[];
  readonly first: number;
  readonly last: number;
  /** The lowest bit that had come before, 0 for none, and that of this scan. */
  readonly before?: number;
  readonly lowest?: number;
  /** What stands ahead of the scan. */
  readonly ahead?: Buffer;
  /** The scan's data, where it has any. */
  readonly data?: Buffer;
}

/** The DC coefficients of the first component. */
export const DC_SCAN: JpegScan = { components: [1], first: 0, last: 0 };

/** All AC coefficients of the first component. */
export const AC_SCAN: JpegScan = { components: [1], first: 1, last: 63 };

const START = Buffer.of(0xff, 0xd8);
const END = Buffer.of(0xff, 0xd9);
/** One code of a bit: no difference from the block before. */
const DC_TABLE = [0x00, 1, ...Array<number>(15).fill(0), 0];
/** Codes of four bits, of which the symbols are the lengths of runs of empty blocks. */
const AC_TABLE = [
  0x10,
  0,
  0,
  0,
  15,
  ...Array<number>(12).fill(0),
  ...Array.from({ length: 15 }, (_, bits) => bits << 4),
];

export function hostileJpeg({ scans, ...image }: HostileJpeg): Buffer {
  const { width, height, components = 1, sampling = [1, 1], frame = 0xc2, restartInterval = 0 } = image;
  const sof = [8, height >> 8, height & 255, width >> 8, width & 255, components];
  for (let id = 1; id <= components; id += 1) {
    sof.push(id, id === 1 ? sampling[0] * 16 + sampling[1] : 0x11, 0);
  }
  return Buffer.concat([
    START,
    jpegSegment(0xdb, [0, ...Array<number>(64).fill(1)]),
    jpegSegment(frame, sof),
    ...(frame >= 0xc9 ? [] : [jpegSegment(0xc4, DC_TABLE), jpegSegment(0xc4, AC_TABLE)]),
    ...(restartInterval > 0 ? [jpegSegment(0xdd, [restartInterval >> 8, restartInterval & 255])] : []),
    ...scans.flatMap(scanOf),
    END,
  ]);
}

/** The data of a scan of so many blocks, none of which has a coefficient in it: runs of 32,767. */
export function emptyBlocks(blocks: number): Buffer {
  const runs = Math.ceil(blocks / 32_767);
  // A code of four bits, 14, and 14 bits that are all set: 18 bits each, the rest ones.
  let bits = '';
  for (let run = 0; run < runs; run += 1) bits += `1110${'1'.repeat(14)}`;
  const bytes = (bits.match(/.{1,8}/g) ?? []).map((each) => Number.parseInt(each.padEnd(8, '1'), 2));
  return Buffer.from(bytes.flatMap((byte) => (byte === 0xff ? [byte, 0] : [byte])));
}

export function jpegSegment(marker: number, payload: Uint8Array | readonly number[]): Buffer {
  const length = payload.length + 2;
  return Buffer.concat([Buffer.from([0xff, marker, length >> 8, length & 255]), Buffer.from(payload)]);
}

function scanOf({ components, first, last, before = 0, lowest = 0, ahead, data }: JpegScan): Buffer[] {
  const selectors = components.flatMap((id) => [id, 0]);
  const head = jpegSegment(0xda, [components.length, ...selectors, first, last, before * 16 + lowest]);
  return [ahead ?? Buffer.alloc(0), head, data ?? Buffer.alloc(0)];
}
