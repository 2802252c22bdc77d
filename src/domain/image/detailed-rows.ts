/** Rows of pixels from the top, 8 bits a sample. */
interface Rows {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** Steps in which rows are taken away. */
const STEPS = 8;

/**
 * Where the rows with most detail begin, if so many are to be kept: those at the top or at the bottom are taken away by
 * turns, whichever are plainer. libvips does the same (`entropy`), and takes longer for so small a picture.
 */
export function topOfDetail(picture: Rows, keptRows: number): number {
  let [top, bottom] = [0, picture.height];
  const most = Math.ceil((picture.height - keptRows) / STEPS);
  while (bottom - top > keptRows) {
    const rows = Math.min(most, bottom - top - keptRows);
    if (entropyOf(picture, top, rows) < entropyOf(picture, bottom - rows, rows)) top += rows;
    else bottom -= rows;
  }
  return top;
}

/** In bits, of the samples of these rows, transparency among them. */
function entropyOf({ pixels, width, channels }: Rows, top: number, rows: number): number {
  const [from, to] = [top * width * channels, (top + rows) * width * channels];
  const counts = new Uint32Array(256 * channels);
  for (let at = from; at < to; at += channels) {
    for (let channel = 0; channel < channels; channel += 1) {
      const bin = 256 * channel + (pixels[at + channel] ?? 0);
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
  }
  return counts.reduce((sum, count) => {
    const share = count / (to - from);
    return count === 0 ? sum : sum - share * Math.log2(share);
  }, 0);
}
