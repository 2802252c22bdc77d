import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { addressesIn } from '../kit/addresses.ts';
import { CATALOGUE, type MadeSource } from './catalogue.ts';
import { animated, noisePhotograph } from './noise-photograph.ts';

export interface Source {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly sha256: string;
  /** Upright. */
  readonly width: number;
  readonly height: number;
  /** As sharp calls it. */
  readonly format: string;
  /** Of an animation the first frame is a thumbnail's all, and of a progressive JPEG the first scans may be. */
  readonly kind: 'animated' | 'progressive' | 'whole';
  /** Where it is on the web; undefined where the benchmark serves it. */
  readonly url?: string;
}

type Say = (text: string) => void;

/** What the service takes at most by default. */
const MAX_BYTES = 20 * 1024 * 1024;

/** Those that are made: once, and then kept in a folder. */
export async function madeSources(say: Say, catalogue: readonly MadeSource[] = CATALOGUE): Promise<Source[]> {
  const folder = await cacheFolder();
  const sources: Source[] = [];
  for (const [name, width, height, encode, frames] of catalogue) {
    // How it is made is in the file's name, so that a change makes it again.
    const recipe = `${sharp.versions.vips} ${width} ${height} ${String(encode)} ${frames ?? 1}`;
    const file = join(folder, `${name}-${sha256(recipe).slice(0, 12)}`);
    const kept = await readFile(file).catch(() => undefined);
    if (kept === undefined) {
      say(`making ${name} …`);
      const drawn = frames === undefined ? noisePhotograph(width, height) : animated(width, height, frames);
      const unfinished = `${file}.${process.pid}.part`;
      await writeFile(unfinished, await encode(await drawn).toBuffer());
      await rename(unfinished, file);
    }
    sources.push(await describe(name, kept ?? (await readFile(file))));
  }
  return sources;
}

/** The images in a folder. Other files, and images larger than the service accepts, are left out, and reported to `say`. */
export async function sourcesOf(folder: string, say: Say): Promise<Source[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  return describeAll(names.sort(), (name) => readFile(join(folder, name)), say);
}

/** The images at the addresses that a file lists, one a line. */
export async function sourcesAt(file: string, say: Say, signal: AbortSignal): Promise<Source[]> {
  const read = async (url: string) => {
    const response = await fetch(url, { signal });
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  };
  const sources = await describeAll(await addressesIn(file), read, say);
  return sources.map((source) => ({ ...source, url: source.name }));
}

async function describeAll(
  names: readonly string[],
  read: (name: string) => Promise<Buffer>,
  say: Say,
): Promise<Source[]> {
  const sources: Source[] = [];
  for (const name of names) {
    const bytes = await read(name);
    try {
      if (bytes.length > MAX_BYTES) throw new Error(`larger than ${MAX_BYTES / 1024 ** 2} MiB`);
      sources.push(await describe(name, bytes));
    } catch (error) {
      say(`left out: ${name} is no image that is taken (${error instanceof Error ? error.message : ''})`);
    }
  }
  if (sources.length === 0) throw new Error('There is no image among the sources.');
  return sources;
}

async function describe(name: string, bytes: Buffer): Promise<Source> {
  const { autoOrient, format, pages = 1, isProgressive } = await sharp(bytes).metadata();
  const partial = format === 'jpeg' && isProgressive ? 'progressive' : 'whole';
  return {
    name,
    bytes,
    sha256: sha256(bytes),
    ...autoOrient,
    format,
    kind: pages > 1 ? 'animated' : partial,
  };
}

function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Beside the project's packages; where that cannot be written to, among the temporary files. */
async function cacheFolder(): Promise<string> {
  const beside = join(import.meta.dirname, '../../node_modules/.cache/thumbnailer-benchmark');
  const elsewhere = join(tmpdir(), 'thumbnailer-benchmark');
  return mkdir(beside, { recursive: true }).then(
    () => beside,
    () => mkdir(elsewhere, { recursive: true }).then(() => elsewhere),
  );
}
