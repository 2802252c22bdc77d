/**
 * Encodes thumbnails in every way that is worth considering, and prints for each the processor time, the bytes, and how
 * much of the picture is left: by it the settings in src/adapters/resize-sharp/encoders.ts were chosen, and can be again.
 *
 *     node scripts/compare-encoders.ts                    # made-up photographs
 *     node scripts/compare-encoders.ts photo.jpg …        # your own images
 *     node scripts/compare-encoders.ts --size 128 --repeat 20 --format webp
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import sharp, { type Sharp } from 'sharp';
import { ssim } from './kit/ssim.ts';
import { noisePhotograph } from './benchmark/noise-photograph.ts';
import { CANDIDATES, type Candidate } from './compare-encoders/candidates.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: 'string', default: '256' },
    repeat: { type: 'string', default: '10' },
    format: { type: 'string' },
  },
});
const [size, repeats] = [Number(values.size), Number(values.repeat)];
// As in the service: one thread for each image, nothing kept between two.
sharp.concurrency(1);
sharp.cache(false);

const thumbnails = await Promise.all((await sources()).map(scaled));
console.log(
  `${thumbnails.length} images at ${size} px, each encoded ${repeats} times; * is what the service does`,
);
console.log(`${'encoding'.padEnd(34)}${'ms'.padStart(8)}${'bytes'.padStart(10)}${'SSIM'.padStart(9)}`);
for (const candidate of CANDIDATES) {
  if (values.format === undefined || candidate.name.startsWith(values.format)) await compare(candidate);
}

async function compare({ name, isOurs, encode }: Candidate): Promise<void> {
  let [milliseconds, bytes, likeness] = [0, 0, 0];
  for (const { data, info } of thumbnails) {
    const encodeOnce = () => encode(sharp(data, { raw: info }), size).toBuffer();
    const encoded = await encodeOnce();
    const before = process.cpuUsage();
    for (let time = 0; time < repeats; time += 1) await encodeOnce();
    const { user, system } = process.cpuUsage(before);
    milliseconds += (user + system) / 1000 / repeats;
    bytes += encoded.length;
    likeness += ssim({ data, ...info }, await pixelsOf(sharp(encoded)));
  }
  const mean = (sum: number) => sum / thumbnails.length;
  const figures = [
    mean(milliseconds).toFixed(1).padStart(8),
    mean(bytes).toFixed(0).padStart(10),
    mean(likeness).toFixed(4).padStart(9),
  ];
  console.log(((isOurs ? '* ' : '  ') + name).padEnd(34) + figures.join(''));
}

async function sources(): Promise<Sharp[]> {
  if (positionals.length > 0)
    return Promise.all(positionals.map(async (file) => sharp(await readFile(file))));
  // Three of which each is another crop of noise: what is true of one is no accident.
  return [
    await noisePhotograph(1600, 1200),
    await noisePhotograph(1280, 853),
    await noisePhotograph(900, 1200),
  ];
}

async function scaled(source: Sharp): ReturnType<typeof rawOf> {
  return rawOf(source.autoOrient().resize(size, size, { fit: 'inside', withoutEnlargement: true }));
}

async function pixelsOf(image: Sharp) {
  const { data, info } = await rawOf(image);
  return { data, ...info };
}

function rawOf(image: Sharp) {
  return image.removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
}
