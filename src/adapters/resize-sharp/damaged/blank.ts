import type { Sharp } from 'sharp';
import type { InputFormat } from '../../../domain/image/formats.ts';

/** What decoders leave where nothing was decoded: libjpeg a middle grey, whatever the profile makes of it; others nothing. */
const JPEG_GREY = { from: 122, to: 134 } as const;
const NOTHING = { from: 0, to: 0 } as const;

const PROBE_PX = 32;

/** Whether no pixel of a file was decoded, so that all is as the decoder's memory was. */
export async function isBlank(pixels: Sharp, format: InputFormat): Promise<boolean> {
  const { data: probe, info } = await pixels
    .resize({ width: PROBE_PX, height: PROBE_PX, fit: 'fill' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  // What nothing stands for in a TIFF is for its palette or its inks to say: any colour, which is then that of all pixels.
  if (format === 'tiff') return probe.every((sample, at) => sample === probe[at % info.channels]);
  const { from, to } = format === 'jpeg' ? JPEG_GREY : NOTHING;
  const [first] = probe;
  return probe.every((sample) => sample === first && sample >= from && sample <= to);
}
