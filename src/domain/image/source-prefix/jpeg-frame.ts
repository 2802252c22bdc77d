/** Of a progressive frame with 8 bits a sample. */
export interface Frame {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  readonly components: readonly Component[];
  /** Ids of those whose DC coefficients have not come yet. */
  readonly missing: Set<number>;
}

export interface Component {
  readonly id: number;
  /** Of 8 by 8 samples. */
  readonly blocks: number;
  readonly quantisationTable: number;
}

/**
 * The first scan of a DC coefficient may leave its last bits to later scans, and usually leaves one. By so many grey
 * levels may that make the image darker; beyond, which only files of very low quality are, SSIM falls below 0.99.
 */
const MAX_DARKENING = 4;

/** A DC coefficient is eight times the mean of its block. */
const DC_PER_LEVEL = 8;

/** ITU-T T.81, B.2.2; undefined for what is no image, is of another depth, or names its height later. */
export function readFrame(payload: Buffer): Frame | undefined {
  if (payload.length < 6 || payload.length !== 6 + 3 * payload.readUInt8(5)) return undefined;
  const [height, width, count] = [payload.readUInt16BE(1), payload.readUInt16BE(3), payload.readUInt8(5)];
  const sampled = Array.from({ length: count }, (_, index) => readComponent(payload, 6 + 3 * index));
  const across = Math.max(...sampled.map((each) => each.across));
  const down = Math.max(...sampled.map((each) => each.down));
  const missing = new Set(sampled.map(({ id }) => id));
  const isOdd = sampled.some((each) => !isFactor(each.across) || !isFactor(each.down));
  if (payload.readUInt8(0) !== 8 || width === 0 || height === 0) return undefined;
  if (isOdd || missing.size !== count || ![1, 3, 4].includes(count)) return undefined;
  const components = sampled.map((each) => ({
    id: each.id,
    blocks: Math.ceil((width * each.across) / (8 * across)) * Math.ceil((height * each.down) / (8 * down)),
    quantisationTable: each.quantisationTable,
  }));
  return { width, height, components, missing };
}

/** A component, with its sampling factors. */
function readComponent(payload: Buffer, at: number) {
  const factors = payload.readUInt8(at + 1);
  return {
    id: payload.readUInt8(at),
    across: factors >> 4,
    down: factors & 15,
    quantisationTable: payload.readUInt8(at + 2),
  };
}

function isFactor(factor: number): boolean {
  return factor >= 1 && factor <= 4;
}

/** The quantisation step of the DC coefficients, which stands first in each table, by the table's number (B.2.4.1). */
export function readSteps(payload: Buffer, steps: Map<number, number>): void {
  let at = 0;
  while (at + 2 < payload.length) {
    const kind = payload.readUInt8(at);
    const bytesEach = kind >> 4 === 0 ? 1 : 2;
    steps.set(kind & 15, payload.readUIntBE(at + 1, bytesEach));
    at += 1 + 64 * bytesEach;
  }
}

/**
 * Counts the components of a scan (B.2.3) as come. False where it is no first scan of DC coefficients, or one that is
 * too coarse.
 */
export function takeScan(
  payload: Buffer,
  { components, missing }: Frame,
  steps: Map<number, number>,
): boolean {
  const count = payload.length === 0 ? 0 : payload.readUInt8(0);
  if (count === 0 || payload.length !== 4 + 2 * count) return false;
  // The upper half of the third byte is 0 in a first scan, and the lower one the lowest bit that the scan brings.
  const [first, last, lowestBit] = payload.subarray(1 + 2 * count);
  if (first !== 0 || last !== 0 || lowestBit === undefined || lowestBit > 15) return false;
  for (let index = 0; index < count; index += 1) {
    const id = payload.readUInt8(1 + 2 * index);
    const table = components.find((component) => component.id === id)?.quantisationTable;
    const step = table === undefined ? undefined : steps.get(table);
    const isCoarse = step === undefined || ((2 ** lowestBit - 1) * step) / DC_PER_LEVEL > MAX_DARKENING;
    if (isCoarse || !missing.delete(id)) return false;
  }
  return true;
}
