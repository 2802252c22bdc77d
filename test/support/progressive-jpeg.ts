/** The layouts of a progressive JPEG that sharp does not write. */
export interface ProgressiveOptions {
  readonly width: number;
  readonly height: number;
  /** Sampling factors of each component, across and down. */
  readonly sampling?: readonly (readonly [across: number, down: number])[];
  /** Sends the DC coefficients of each component in a scan of their own. */
  readonly separate?: boolean;
  /** In MCUs; 0 is none. */
  readonly restartInterval?: number;
  /** Bits of the DC coefficients that are left to later scans. */
  readonly lowestBit?: number;
  /** Stands between all segments. */
  readonly between?: Buffer;
}

interface Component {
  readonly id: number;
  readonly across: number;
  readonly down: number;
  /** In blocks: what a scan of this component alone has of them. */
  readonly columns: number;
  readonly rows: number;
  readonly dcAt: (row: number, column: number) => number;
}

const STEP = 8;

/** A wavy picture: scans of its DC coefficients, then one that gives each luma block a little structure. */
export function progressiveJpeg(options: ProgressiveOptions): Buffer {
  const { width, height, separate = false, restartInterval = 0, lowestBit = 1 } = options;
  const between = options.between ?? Buffer.alloc(0);
  const components = componentsOf(options);
  const frame = [8, height >> 8, height & 255, width >> 8, width & 255, components.length];
  for (const { id, across, down } of components) frame.push(id, across * 16 + down, 0);
  const dcScans = separate ? components.map((component) => [component]) : [components];
  const parts = [
    Buffer.of(0xff, 0xd8),
    segment(0xdb, [0, ...Array<number>(64).fill(STEP)]),
    segment(0xc2, frame),
    // Codes of four bits for categories 0 to 11; of two for one coefficient of one bit, and for the end of a block.
    segment(0xc4, [0x00, 0, 0, 0, 12, ...Array<number>(12).fill(0), ...Array(12).keys()]),
    segment(0xc4, [0x10, 0, 2, ...Array<number>(14).fill(0), 0x01, 0x00]),
    ...(restartInterval > 0 ? [segment(0xdd, [restartInterval >> 8, restartInterval & 255])] : []),
    ...dcScans.map((scan) => dcScan(scan, options, restartInterval, lowestBit)),
    acScan(components[0]!, restartInterval),
  ];
  return Buffer.concat([...parts.flatMap((part, index) => (index < 2 ? [part] : [between, part])), END]);
}

const END = Buffer.of(0xff, 0xd9);

function componentsOf({ width, height, sampling = [[1, 1]] }: ProgressiveOptions): Component[] {
  const [maxAcross, maxDown] = [0, 1].map((axis) => Math.max(...sampling.map((pair) => pair[axis] ?? 1)));
  return sampling.map(([across, down], index) => ({
    id: index + 1,
    across,
    down,
    columns: Math.ceil((width * across) / (8 * (maxAcross ?? 1))),
    rows: Math.ceil((height * down) / (8 * (maxDown ?? 1))),
    dcAt: (row, column) => Math.round(60 * Math.sin(row / 7 + index) * Math.cos(column / (5 + index))) * 2,
  }));
}

function dcScan(
  scan: readonly Component[],
  { width, height, sampling = [[1, 1]] }: ProgressiveOptions,
  restartInterval: number,
  lowestBit: number,
): Buffer {
  const [only] = scan;
  const isAlone = scan.length === 1 && only !== undefined;
  const across = Math.ceil(width / (8 * Math.max(...sampling.map(([factor]) => factor))));
  const down = Math.ceil(height / (8 * Math.max(...sampling.map(([, factor]) => factor))));
  const [mcuColumns, mcuRows] = isAlone ? [only.columns, only.rows] : [across, down];
  const bits = new Bits(restartInterval);
  let last = new Map<Component, number>();
  for (let mcu = 0; mcu < mcuColumns * mcuRows; mcu += 1) {
    if (bits.startsInterval(mcu)) last = new Map();
    const [mcuRow, mcuColumn] = [Math.floor(mcu / mcuColumns), mcu % mcuColumns];
    for (const component of scan) {
      const [blocksAcross, blocksDown] = isAlone ? [1, 1] : [component.across, component.down];
      for (let block = 0; block < blocksAcross * blocksDown; block += 1) {
        const row = mcuRow * blocksDown + Math.floor(block / blocksAcross);
        const dc = component.dcAt(row, mcuColumn * blocksAcross + (block % blocksAcross)) >> lowestBit;
        bits.writeDifference(dc - (last.get(component) ?? 0));
        last.set(component, dc);
      }
    }
  }
  const selectors = scan.flatMap(({ id }) => [id, 0]);
  return Buffer.concat([segment(0xda, [scan.length, ...selectors, 0, 0, lowestBit]), bits.end()]);
}

function acScan({ id, columns, rows }: Component, restartInterval: number): Buffer {
  const bits = new Bits(restartInterval);
  for (let block = 0; block < columns * rows; block += 1) {
    bits.startsInterval(block);
    bits.write(block % 3 === 0 ? '00101' : '00001');
  }
  return Buffer.concat([segment(0xda, [1, id, 0, 1, 63, 0]), bits.end()]);
}

function segment(marker: number, payload: readonly number[]): Buffer {
  const length = payload.length + 2;
  return Buffer.from([0xff, marker, length >> 8, length & 255, ...payload]);
}

/** The data of a scan. */
class Bits {
  readonly #restartInterval: number;
  readonly #bytes: number[] = [];
  #pending = '';

  constructor(restartInterval: number) {
    this.#restartInterval = restartInterval;
  }

  /** Whether the unit of this number is the first of an interval, ahead of which a restart marker is written. */
  startsInterval(unit: number): boolean {
    if (this.#restartInterval === 0 || unit === 0 || unit % this.#restartInterval !== 0) return false;
    this.#flush();
    this.#bytes.push(0xff, 0xd0 + ((unit / this.#restartInterval - 1) % 8));
    return true;
  }

  writeDifference(difference: number): void {
    const category = difference === 0 ? 0 : Math.floor(Math.log2(Math.abs(difference))) + 1;
    const value = difference < 0 ? difference + 2 ** category - 1 : difference;
    this.write(category.toString(2).padStart(4, '0'));
    if (category > 0) this.write(value.toString(2).padStart(category, '0'));
  }

  write(bits: string): void {
    this.#pending += bits;
    while (this.#pending.length >= 8) {
      const byte = Number.parseInt(this.#pending.slice(0, 8), 2);
      this.#bytes.push(byte, ...(byte === 0xff ? [0] : []));
      this.#pending = this.#pending.slice(8);
    }
  }

  end(): Buffer {
    this.#flush();
    return Buffer.from(this.#bytes);
  }

  #flush(): void {
    if (this.#pending !== '') this.write('1'.repeat(8 - this.#pending.length));
  }
}
