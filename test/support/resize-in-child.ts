/** Reads an image from stdin, makes a thumbnail with the decoders that argv names, and prints what became of it. */
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { SharpImageResizer } from '../../src/adapters/resize-sharp/index.ts';
import { ThumbnailerError } from '../../src/domain/errors/index.ts';
import { INPUT_FORMATS } from '../../src/domain/image/formats.ts';
import { openWholeImage } from '../../src/domain/image/image-file.ts';
import { pixelsOf } from '../../scripts/kit/images.ts';
import { specOf } from '../../scripts/kit/spec.ts';

const wanted = process.argv[2]?.split(',') ?? [];
const inputFormats = INPUT_FORMATS.filter((format) => wanted.includes(format));
const limits = { inputFormats, maxPixels: 1e6 };
const resizer = new SharpImageResizer(limits);
// Until it is loaded, sharp's own decoders are on.
await resizer.warmUp();
const image = await buffer(process.stdin);
const spec = specOf({ size: 64, fit: 'inside', format: 'webp' });

try {
  const file = openWholeImage(image, limits);
  const { original, bytes, width, height } = await resizer.resize(file, spec, new AbortController());
  const near = [...(await pixelsOf(bytes)).data.subarray(0, 3)].map((value) => Math.round(value / 10) * 10);
  console.log(JSON.stringify({ original, pixel: near, size: [width, height] }));
} catch (error) {
  if (!(error instanceof ThumbnailerError)) throw error;
  const direct = await sharp(image)
    .toBuffer()
    .then(() => 'taken')
    .catch(() => 'refused');
  console.log(JSON.stringify({ code: error.code, direct }));
}
