import type { Primaries } from '../../../domain/image/coded-colours.ts';

/** Three rows of three. */
export type Matrix = readonly number[];
export type Triple = readonly [number, number, number];

const D65 = [0.3127, 0.329] as const;
export const SRGB: Primaries = [[0.64, 0.33], [0.3, 0.6], [0.15, 0.06], D65];
export const BT_2020: Primaries = [[0.708, 0.292], [0.17, 0.797], [0.131, 0.046], D65];

/** To the responses of the eye's cones, between which whites are adapted (Bradford). */
const TO_CONES = [0.8951, 0.2664, -0.1614, -0.7502, 1.7135, 0.0367, 0.0389, -0.0685, 1.0296];

/** From light in some primaries to light in others, white to white. */
export function conversion(from: Primaries, to: Primaries): Matrix {
  return product(inverse(toXyz(to)), product(adaptation(from[3], to[3]), toXyz(from)));
}

/** How much each primary adds to the luminance of white. */
export function luminances(primaries: Primaries): Triple {
  const [, , , r = 0, g = 0, b = 0] = toXyz(primaries);
  return [r, g, b];
}

function toXyz([red, green, blue, white]: Primaries): Matrix {
  const columns = transposed([red, green, blue].flatMap(xyzOf));
  const [r, g, b] = times(inverse(columns), xyzOf(white));
  return columns.map((value, at) => value * ([r, g, b][at % 3] ?? 0));
}

function adaptation(from: readonly [number, number], to: readonly [number, number]): Matrix {
  const [source, target] = [times(TO_CONES, xyzOf(from)), times(TO_CONES, xyzOf(to))];
  const scale = [0, 1, 2].map((at) => (target[at] ?? 0) / (source[at] ?? 1));
  const scaled = TO_CONES.map((value, at) => value * (scale[Math.floor(at / 3)] ?? 0));
  return product(inverse(TO_CONES), scaled);
}

/** Of unit luminance, or of unit brightness where a primary has no luminance. */
function xyzOf([x, y]: readonly [number, number]): Triple {
  return y === 0 ? [x, y, 1 - x - y] : [x / y, 1, (1 - x - y) / y];
}

function times(matrix: Matrix, [x, y, z]: Triple): Triple {
  const row = (at: number) => (matrix[at] ?? 0) * x + (matrix[at + 1] ?? 0) * y + (matrix[at + 2] ?? 0) * z;
  return [row(0), row(3), row(6)];
}

function product(a: Matrix, b: Matrix): Matrix {
  const columns = [0, 1, 2].map((at) => times(a, [b[at] ?? 0, b[at + 3] ?? 0, b[at + 6] ?? 0]));
  return transposed(columns.flat());
}

function transposed(matrix: Matrix): Matrix {
  return matrix.map((_, at) => matrix[(at % 3) * 3 + Math.floor(at / 3)] ?? 0);
}

function inverse(matrix: Matrix): Matrix {
  const at = (row: number, column: number) => matrix[(row % 3) * 3 + (column % 3)] ?? 0;
  const cofactor = (row: number, column: number) =>
    at(row + 1, column + 1) * at(row + 2, column + 2) - at(row + 1, column + 2) * at(row + 2, column + 1);
  const determinant = [0, 1, 2].reduce((sum, column) => sum + at(0, column) * cofactor(0, column), 0);
  return matrix.map((_, index) => cofactor(index % 3, Math.floor(index / 3)) / determinant);
}
