const INKS = 4;
const COLOURS = 3;
const FULL = 255;

/** What four inks (cyan, magenta, yellow and black) leave of the red, green and blue of white paper. */
export function withoutInks(inks: Uint8Array): Uint8Array {
  const pixels = new Uint8Array((inks.length / INKS) * COLOURS);
  for (let from = 0, to = 0; from < inks.length; from += INKS, to += COLOURS) {
    const light = FULL - (inks[from + COLOURS] ?? 0);
    for (let colour = 0; colour < COLOURS; colour += 1) {
      pixels[to + colour] = Math.round(((FULL - (inks[from + colour] ?? 0)) * light) / FULL);
    }
  }
  return pixels;
}
