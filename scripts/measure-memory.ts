/**
 * Measures how much memory decodes really take and compares it with what `SharpImageResizer.memoryCost` says; exits
 * with 1 where an estimate is too low. Linux only. Takes some five minutes.
 *
 *     node scripts/measure-memory.ts                  # all images that encoders make, and hostile ones
 *     node scripts/measure-memory.ts avif gif         # those whose name contains one of the words
 *     node scripts/measure-memory.ts --generated 7 90 # 90 files that are put together by chance, from seed 7 on
 *
 * Each case has a process of its own, which first makes one small thumbnail of the same kind, so that libraries are
 * loaded and their threads started, and then has the kernel forget its peak. What is printed is the growth from there.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SharpImageResizer } from '../src/adapters/resize-sharp/index.ts';
import { ThumbnailerError } from '../src/domain/errors/index.ts';
import { type InputLimits, openWholeImage } from '../src/domain/image/image-file.ts';
import type { ThumbnailSpec } from '../src/domain/request/thumbnail-spec.ts';
import { argumentsOf } from './kit/arguments.ts';
import { memoryOf } from './kit/processes.ts';
import { CASES, type MemoryCase } from './measure-memory/cases.ts';
import { generatedCases } from './measure-memory/generated-cases.ts';
import { HOSTILE_CASES } from './measure-memory/hostile-cases.ts';

const MIB = 1024 * 1024;
const LIMITS: InputLimits = {
  inputFormats: ['jpeg', 'png', 'webp', 'gif', 'avif', 'tiff', 'svg', 'bmp', 'ico'],
  maxPixels: 100_000_000,
};
const resizer = new SharpImageResizer(LIMITS);

const { values, positionals } = argumentsOf(import.meta.filename, {
  allowPositionals: true,
  options: { child: { type: 'boolean' }, generated: { type: 'boolean' } },
});
const [first = '', second = '', third = ''] = positionals;
if (values.child === true) await runChild(first, second, third);
else if (values.generated === true) await runAll(generatedCases(Number(first), Number(second)));
else await runAll([...CASES, ...HOSTILE_CASES].filter(isWanted));

function isWanted({ name }: MemoryCase): boolean {
  return positionals.length === 0 || positionals.some((word) => name.includes(word));
}

async function runAll(cases: readonly MemoryCase[]): Promise<void> {
  if (cases.length === 0) {
    console.error('No case has that in its name. Without a word, all are measured.');
    process.exitCode = 1;
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), 'measure-memory-'));
  try {
    console.log(`${'case'.padEnd(48)}${'measured'.padStart(10)}${'estimate'.padStart(10)}   MiB`);
    let tooLow = 0;
    for (const each of cases) tooLow += await runCase(each, folder);
    console.log(
      tooLow === 0 ? 'Every estimate covers what was measured.' : `${tooLow} estimates are too low.`,
    );
    process.exitCode = tooLow === 0 ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function runCase({ name, make, specs }: MemoryCase, folder: string): Promise<number> {
  const [imageFile, tinyFile] = [join(folder, 'image'), join(folder, 'tiny')];
  const image = await make(1);
  await writeFile(imageFile, image);
  await writeFile(tinyFile, await make(0.02));
  let tooLow = 0;
  for (const spec of specs) {
    const title = `${name} -> ${spec.fit} ${spec.width ?? ''}×${spec.height ?? ''} ${spec.format}`;
    const estimate = estimateOf(image, spec);
    if (typeof estimate === 'string') {
      console.log(`${title.padEnd(48)}${' '.repeat(20)}   ${estimate}`);
      continue;
    }
    const measured = await measure(imageFile, tinyFile, spec);
    const verdict = measured > estimate ? 'TOO LOW' : `${(estimate / measured).toFixed(1)}x`;
    console.log(`${title.padEnd(48)}${inMib(measured)}${inMib(estimate)}   ${verdict}`);
    if (measured > estimate) tooLow += 1;
  }
  return tooLow;
}

/** In bytes; of a file that is refused before it is decoded, why. */
function estimateOf(image: Buffer, spec: ThumbnailSpec): number | string {
  try {
    return resizer.memoryCost(openWholeImage(image, LIMITS), spec);
  } catch (error) {
    if (error instanceof ThumbnailerError) return error.code;
    throw error;
  }
}

async function measure(imageFile: string, tinyFile: string, spec: ThumbnailSpec): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    import.meta.filename,
    '--child',
    imageFile,
    tinyFile,
    JSON.stringify(spec),
  ]);
  return Number(stdout);
}

async function runChild(imageFile: string, tinyFile: string, specJson: string): Promise<void> {
  const spec = JSON.parse(specJson) as ThumbnailSpec;
  const { signal } = new AbortController();
  await resizer.resize(
    openWholeImage(await readFile(tinyFile), LIMITS),
    { ...spec, width: 32, height: 32 },
    { signal },
  );
  const image = await readFile(imageFile);
  // What reading the figures takes for the first time is not the decode's.
  await memoryOf(process.pid);
  await writeFile('/proc/self/clear_refs', '5');
  const { residentBytes } = await memoryOf(process.pid);
  try {
    await resizer.resize(openWholeImage(image, LIMITS), spec, { signal });
  } catch (error) {
    // What is refused in the middle has taken memory up to there.
    if (!(error instanceof ThumbnailerError)) throw error;
  }
  console.log((await memoryOf(process.pid)).peakBytes - residentBytes);
}

function inMib(bytes: number): string {
  return (bytes / MIB).toFixed(1).padStart(10);
}
