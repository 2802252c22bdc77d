/**
 * Encodes thumbnails in every way that is worth considering, and prints for each the processor time, the bytes, and how
 * much of the picture is left: by it the settings in src/adapters/resize-sharp/encoders.ts were chosen, and can be again.
 * SSIM compares with the pixels that were encoded, SSIMULACRA2 (where it is installed) with the whole source as a lens
 * would have reduced it.
 *
 *     node scripts/compare-encoders.ts                    # made-up photographs
 *     node scripts/compare-encoders.ts photo.jpg …        # your own images
 *     node scripts/compare-encoders.ts --size 128 --repeat 20 --format webp
 *     node scripts/compare-encoders.ts --linear           # thumbnails whose last step was made in linear light
 */
import { readFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { noisePhotograph } from './benchmark/noise-photograph.ts';
import { CANDIDATES, type Candidate } from './compare-encoders/candidates.ts';
import { type Rgb, opened, reducedInLight, rgbOf } from './compare-encoders/linear-light.ts';
import { INSTALLATION, Ssimulacra2 } from './compare-encoders/ssimulacra2.ts';
import { argumentsOf } from './kit/arguments.ts';
import { ssim } from './kit/ssim.ts';

const { values, positionals } = argumentsOf(import.meta.filename, {
  allowPositionals: true,
  options: {
    size: { type: 'string', default: '256' },
    repeat: { type: 'string', default: '10' },
    format: { type: 'string' },
    linear: { type: 'boolean', default: false },
  },
});
const [size, repeats] = [Number(values.size), Number(values.repeat)];
// As in the service: one thread for each image, nothing kept between two.
sharp.concurrency(1);
sharp.cache(false);

interface Subject {
  readonly thumbnail: Rgb;
  /** The whole source, reduced in linear light. */
  readonly reference: Rgb;
}

await using ssimulacra2 = await Ssimulacra2.find();
if (ssimulacra2 === undefined) console.log(`SSIMULACRA2 is left out. To have it: ${INSTALLATION}\n`);
const subjects: Subject[] = [];
for (const source of await sources()) subjects.push(await subjectOf(source));
console.log(
  `${subjects.length} images at ${size} px, each encoded ${repeats} times; * is what the service does`,
);
console.log(
  `${'encoding'.padEnd(34)}${'ms'.padStart(8)}${'bytes'.padStart(10)}${'SSIM'.padStart(9)}${ssimulacra2 ? '  SSIMULACRA2' : ''}`,
);
await compare({ name: 'not encoded', isOurs: false, encode: (pixels) => pixels.png() });
for (const candidate of CANDIDATES) {
  if (values.format === undefined || candidate.name.startsWith(values.format)) await compare(candidate);
}

async function compare({ name, isOurs, encode }: Candidate): Promise<void> {
  let [milliseconds, bytes, likeness, score] = [0, 0, 0, 0];
  for (const { thumbnail, reference } of subjects) {
    const encodeOnce = () => encode(opened(thumbnail), size).toBuffer();
    const encoded = await encodeOnce();
    const before = process.cpuUsage();
    for (let time = 0; time < repeats; time += 1) await encodeOnce();
    const { user, system } = process.cpuUsage(before);
    milliseconds += (user + system) / 1000 / repeats;
    bytes += encoded.length;
    likeness += ssim(samplesOf(thumbnail), samplesOf(await rgbOf(sharp(encoded))));
    if (ssimulacra2 !== undefined) score += await ssimulacra2.score(opened(reference), sharp(encoded));
  }
  const mean = (sum: number) => sum / subjects.length;
  const figures = [
    mean(milliseconds).toFixed(1).padStart(8),
    mean(bytes).toFixed(0).padStart(10),
    mean(likeness).toFixed(4).padStart(9),
    ...(ssimulacra2 === undefined ? [] : [mean(score).toFixed(1).padStart(13)]),
  ];
  console.log(((isOurs ? '* ' : '  ') + name).padEnd(34) + figures.join(''));
}

async function sources(): Promise<Buffer[]> {
  if (positionals.length > 0) return Promise.all(positionals.map((file) => readFile(file)));
  // Three of which each is another crop of noise: what is true of one is no accident.
  const made = [await noisePhotograph(1600, 1200), await noisePhotograph(1280, 853)];
  return Promise.all([...made, await noisePhotograph(900, 1200)].map((image) => image.png().toBuffer()));
}

async function subjectOf(source: Buffer): Promise<Subject> {
  const thumbnail = await scaled(source, size);
  const reference = await reducedInLight(await rgbOf(sharp(source).autoOrient()), thumbnail.info);
  if (!values.linear) return { thumbnail, reference };
  return { thumbnail: await reducedInLight(await scaled(source, 2 * size), thumbnail.info), reference };
}

function scaled(source: Buffer, px: number): Promise<Rgb> {
  const image: Sharp = sharp(source).autoOrient();
  return rgbOf(image.resize(px, px, { fit: 'inside', withoutEnlargement: true }));
}

function samplesOf({ data, info: { width, height, channels } }: Rgb) {
  return { data, width, height, channels };
}
