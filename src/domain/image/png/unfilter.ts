/** Undoes a row's filter in place (PNG, 9.2); `above` is the row ahead of it, unfiltered, undefined for the first. */
export function unfilter(
  filter: number,
  row: Buffer,
  above: Buffer | undefined,
  bytesPerPixel: number,
): void {
  const predict = PREDICTIONS[filter];
  if (predict === undefined) return;
  for (let at = 0; at < row.length; at += 1) {
    const isFirst = at < bytesPerPixel;
    const left = isFirst ? 0 : (row[at - bytesPerPixel] ?? 0);
    const upLeft = isFirst ? 0 : (above?.[at - bytesPerPixel] ?? 0);
    row[at] = (row[at] ?? 0) + predict(left, above?.[at] ?? 0, upLeft);
  }
}

type Prediction = (left: number, up: number, upLeft: number) => number;

/** By the filter's number; 0 is none. */
const PREDICTIONS: readonly (Prediction | undefined)[] = [
  undefined,
  (left) => left,
  (_left, up) => up,
  (left, up) => (left + up) >> 1,
  paeth,
];

/** The neighbour that is nearest to what all three predict together. */
function paeth(left: number, up: number, upLeft: number): number {
  const toLeft = Math.abs(up - upLeft);
  const toUp = Math.abs(left - upLeft);
  const toUpLeft = Math.abs(left + up - 2 * upLeft);
  if (toLeft <= toUp && toLeft <= toUpLeft) return left;
  return toUp <= toUpLeft ? up : upLeft;
}
