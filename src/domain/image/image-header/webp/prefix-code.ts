import type { LowBits } from './low-bits.ts';

const LONGEST_CODE = 15;

/** Lengths of the codes for lengths stand in this order, so that the last ones can be left out. */
const LENGTHS_ORDER = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
/** Symbols below are lengths themselves; this one repeats the last, and those behind it nothing, so many times and more. */
const REPEAT = 16;
const REPEATS: Readonly<Record<number, readonly [bits: number, least: number]>> = {
  [REPEAT]: [2, 3],
  17: [3, 3],
  18: [7, 11],
};
/** What is repeated where nothing came before. */
const FIRST_LENGTH = 8;

/** Codes for symbols, of which the more frequent have fewer bits (RFC 9649, 3.7.2.1). */
export class PrefixCode {
  /** The one symbol that there is, for which no bits are read; undefined where there are more. */
  readonly only: number | undefined;
  readonly #lengths: readonly number[];
  #table: CodeTable | undefined;

  constructor(lengths: readonly number[]) {
    this.#lengths = lengths;
    const first = lengths.findIndex((length) => length !== 0);
    const isOnly = first !== -1 && lengths.every((length, symbol) => length === 0 || symbol === first);
    this.only = isOnly ? first : undefined;
  }

  /** The next symbol. Bits of a code come with the highest first. */
  read(bits: LowBits): number {
    if (this.only !== undefined) return this.only;
    const { counts, symbols } = (this.#table ??= tableOf(this.#lengths));
    const window = bits.peek();
    let [code, first, index] = [0, 0, 0];
    for (let length = 1; length <= LONGEST_CODE; length += 1) {
      code |= (window >>> (length - 1)) & 1;
      const count = counts[length] ?? 0;
      if (code - count < first) {
        bits.skip(length);
        return symbols[index + (code - first)] ?? 0;
      }
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw new RangeError('no such code');
  }
}

interface CodeTable {
  /** How many codes there are of each length. */
  readonly counts: Uint16Array;
  /** By the length of their codes, and then by number. */
  readonly symbols: readonly number[];
}

function tableOf(lengths: readonly number[]): CodeTable {
  const counts = new Uint16Array(LONGEST_CODE + 1);
  for (const length of lengths) counts[length] = (counts[length] ?? 0) + 1;
  const symbols = [...lengths.keys()]
    .filter((symbol) => lengths[symbol] !== 0)
    .sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0) || a - b);
  return { counts, symbols };
}

/** Reads a code for so many symbols: one or two by name, or the length of each. */
export function readPrefixCode(bits: LowBits, symbols: number): PrefixCode {
  if (bits.read(1) === 0) return new PrefixCode(readLengths(bits, symbols));
  const hasTwo = bits.read(1) === 1;
  const lengths = new Array<number>(symbols).fill(0);
  lengths[bits.read(bits.read(1) === 1 ? 8 : 1)] = 1;
  if (hasTwo) lengths[bits.read(8)] = 1;
  return new PrefixCode(lengths);
}

function readLengths(bits: LowBits, symbols: number): number[] {
  const lengthsOfLengths = new Array<number>(LENGTHS_ORDER.length).fill(0);
  const given = 4 + bits.read(4);
  for (const symbol of LENGTHS_ORDER.slice(0, given)) lengthsOfLengths[symbol] = bits.read(3);
  const code = new PrefixCode(lengthsOfLengths);
  let left = bits.read(1) === 0 ? symbols : 2 + bits.read(2 + 2 * bits.read(3));
  const lengths: number[] = [];
  let last = FIRST_LENGTH;
  for (; left > 0 && lengths.length < symbols; left -= 1) {
    const symbol = code.read(bits);
    const [extraBits, least] = REPEATS[symbol] ?? [0, 1];
    const length = symbol < REPEAT ? symbol : symbol === REPEAT ? last : 0;
    if (symbol < REPEAT && symbol !== 0) last = symbol;
    for (let time = bits.read(extraBits) + least; time > 0; time -= 1) lengths.push(length);
  }
  while (lengths.length < symbols) lengths.push(0);
  return lengths.slice(0, symbols);
}
