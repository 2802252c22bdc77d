import type { BmpLayout } from '../../../domain/image/image-header/bmp.ts';

/** Writes the red, green and blue of a value as it is stored. */
export type ColourWriter = (value: number, to: Uint8Array, at: number) => void;

/** Of indexes. Beyond the palette lies black. */
export function paletteWriter(file: Buffer, { palette }: BmpLayout): ColourWriter {
  const { at: paletteAt, entries, entryBytes } = palette;
  return (index, to, at) => {
    const colour = paletteAt + index * entryBytes;
    for (let channel = 0; channel < 3; channel += 1)
      to[at + channel] = index < entries ? (file[colour + 2 - channel] ?? 0) : 0;
  };
}

/** Of colours of 24 bits. */
export const writeColour: ColourWriter = (value, to, at) => {
  to[at] = value >> 16;
  to[at + 1] = (value >> 8) & 255;
  to[at + 2] = value & 255;
};
