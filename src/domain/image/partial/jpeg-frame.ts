/** Of a progressive frame with 8 bits a sample. */
export interface Frame {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Whether the chroma planes have half of the image's width and height. */
  readonly quarteredChroma: boolean;
  readonly components: readonly Component[];
}

export interface Component {
  readonly id: number;
  /** Of 8 by 8 samples. */
  readonly blocks: number;
  /** Whether an eighth of the image has four pixels for each of its blocks: the decoder then takes its lowest AC coefficients. */
  readonly isQuartered: boolean;
  readonly quantisationTable: number;
  /**
   * Of each coefficient, by its place in zigzag order (the first is DC), the lowest bit that has come; undefined where none
   * has.
   */
  readonly lowestBits: (number | undefined)[];
}

const COEFFICIENTS = 64;

/** Places in zigzag order of the four coefficients that two by two pixels are made of. */
const LOWEST = [0, 1, 2, 4] as const;

/**
 * The first scan of a coefficient may leave its last bits to later scans, and usually leaves one or two. By so many grey
 * levels may what is left change the image; beyond, it is seen, and the scan that refines it is waited for.
 */
const MAX_CHANGE = 2;

/** A DC coefficient is eight times the mean of its block; one AC coefficient moves no pixel by more than its quarter. */
const PER_LEVEL = { dc: 8, ac: 4 } as const;

/** Whether everything has come that is needed for an image of an eighth. */
export function hasComeFor(
  detail: 'dc' | 'dc-and-chroma',
  { components }: Frame,
  steps: ReadonlyMap<number, readonly number[]>,
): boolean {
  return components.every(({ lowestBits, isQuartered, quantisationTable }) => {
    const needed: readonly number[] = detail === 'dc-and-chroma' && isQuartered ? LOWEST : [0];
    return needed.every((place) => {
      const lowestBit = lowestBits[place] ?? Infinity;
      const step = steps.get(quantisationTable)?.[place];
      return (
        step !== undefined &&
        (2 ** lowestBit - 1) * step <= MAX_CHANGE * (place === 0 ? PER_LEVEL.dc : PER_LEVEL.ac)
      );
    });
  });
}

/** ITU-T T.81, B.2.2; undefined for what is no image, is of another depth, or names its height later. */
export function readFrame(payload: Buffer): Frame | undefined {
  if (payload.length < 6 || payload.length !== 6 + 3 * payload.readUInt8(5)) return undefined;
  const [height, width, count] = [payload.readUInt16BE(1), payload.readUInt16BE(3), payload.readUInt8(5)];
  const sampled = Array.from({ length: count }, (_, index) => readComponent(payload, 6 + 3 * index));
  const across = Math.max(...sampled.map((each) => each.across));
  const down = Math.max(...sampled.map((each) => each.down));
  const ids = new Set(sampled.map(({ id }) => id));
  const isOdd = sampled.some((each) => !isFactor(each.across) || !isFactor(each.down));
  if (payload.readUInt8(0) !== 8 || width === 0 || height === 0) return undefined;
  if (isOdd || ids.size !== count || ![1, 3, 4].includes(count)) return undefined;
  const components = sampled.map((each) => ({
    id: each.id,
    blocks: Math.ceil((width * each.across) / (8 * across)) * Math.ceil((height * each.down) / (8 * down)),
    isQuartered: across % (2 * each.across) === 0 && down % (2 * each.down) === 0,
    quantisationTable: each.quantisationTable,
    lowestBits: new Array<number | undefined>(COEFFICIENTS).fill(undefined),
  }));
  return { width, height, quarteredChroma: components.some((each) => each.isQuartered), components };
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

/** The quantisation steps of the lowest coefficients, by the table's number (B.2.4.1). */
export function readSteps(payload: Buffer, steps: Map<number, readonly number[]>): void {
  let at = 0;
  while (at + 5 * 2 < payload.length) {
    const kind = payload.readUInt8(at);
    const bytesEach = kind >> 4 === 0 ? 1 : 2;
    const first = at + 1;
    steps.set(
      kind & 15,
      Array.from({ length: 5 }, (_, place) => payload.readUIntBE(first + place * bytesEach, bytesEach)),
    );
    at += 1 + COEFFICIENTS * bytesEach;
  }
}

/** Counts what a scan brings (B.2.3) as come. False where the scan is odd. */
export function takeScan(payload: Buffer, { components }: Frame): boolean {
  const count = payload.length === 0 ? 0 : payload.readUInt8(0);
  if (count === 0 || payload.length !== 4 + 2 * count) return false;
  const [first, last, precision] = payload.subarray(1 + 2 * count);
  if (first === undefined || last === undefined || precision === undefined) return false;
  // DC coefficients of several components may share a scan; those of AC have scans of their own (G.1.1.1.1).
  if (first === 0 ? last !== 0 : count !== 1 || last < first || last >= COEFFICIENTS) return false;
  for (let index = 0; index < count; index += 1) {
    const id = payload.readUInt8(1 + 2 * index);
    const component = components.find((each) => each.id === id);
    if (component === undefined || !markAsCome(component, first, last, precision)) return false;
  }
  return true;
}

/** The upper half of the precision is the lowest bit that had come before, 0 for none; the lower one that of this scan. */
function markAsCome({ lowestBits }: Component, first: number, last: number, precision: number): boolean {
  const [before, lowestBit] = [precision >> 4, precision & 15];
  const isRefinement = before !== 0;
  if (isRefinement && lowestBit !== before - 1) return false;
  for (let place = first; place <= last; place += 1) {
    if (lowestBits[place] !== (isRefinement ? before : undefined)) return false;
    lowestBits[place] = lowestBit;
  }
  return true;
}
