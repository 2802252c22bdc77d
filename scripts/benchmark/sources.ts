import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { CATALOGUE, makeSource } from './catalogue.ts';

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

/** What the service takes at most by default. */
const MAX_BYTES = 20 * 1024 * 1024;

const CACHE_FOLDERS = [
  new URL('../../node_modules/.cache/thumbnailer-benchmark', import.meta.url).pathname,
  join(tmpdir(), 'thumbnailer-benchmark'),
];

/** Those that are made, all or some by name: once, and then kept in a folder. */
export async function madeSources(
  say: (text: string) => void,
  names?: readonly string[],
): Promise<Source[]> {
  const folder = await cacheFolder();
  const sources: Source[] = [];
  for (const made of CATALOGUE.filter(({ name }) => names?.includes(name) ?? true)) {
    // How it is made is in the name, so that a change makes it anew.
    const recipe = `${sharp.versions.vips} ${made.width} ${made.height} ${String(made.encode)} 1`;
    const file = join(folder, `${made.name}-${sha256(recipe).slice(0, 12)}`);
    const kept = await readFile(file).catch(() => undefined);
    if (kept === undefined) {
      say(`making ${made.name} …`);
      await writeFile(`${file}.part`, await makeSource(made));
      await rename(`${file}.part`, file);
    }
    sources.push(await describe(made.name, kept ?? (await readFile(file))));
  }
  return sources;
}

/** The images in a folder. What is none, or is larger than the service takes, is left out, and `say` told so. */
export async function sourcesOf(folder: string, say: (text: string) => void): Promise<Source[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  return describeAll(names.sort(), (name) => readFile(join(folder, name)), say);
}

/** The images at the addresses that a file lists, one a line. */
export async function sourcesAt(
  file: string,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<Source[]> {
  const urls = (await readFile(file, 'utf8')).split('\n').map((line) => line.trim());
  const read = async (url: string) => {
    const response = await fetch(url, { signal });
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  };
  const sources = await describeAll(
    urls.filter((url) => url !== '' && !url.startsWith('#')),
    read,
    say,
  );
  return sources.map((source) => ({ ...source, url: source.name }));
}

async function describeAll(
  names: readonly string[],
  read: (name: string) => Promise<Buffer>,
  say: (text: string) => void,
): Promise<Source[]> {
  const sources: Source[] = [];
  for (const name of names) {
    const bytes = await read(name);
    if (bytes.length > MAX_BYTES) say(`left out: ${name} is larger than ${MAX_BYTES / 1024 ** 2} MiB`);
    else await describe(name, bytes).then((source) => sources.push(source), explain);
    function explain(error: unknown): void {
      say(`left out: ${name} is no image that is taken (${error instanceof Error ? error.message : ''})`);
    }
  }
  if (sources.length === 0) throw new Error('There is no image among the sources.');
  return sources;
}

async function describe(name: string, bytes: Buffer): Promise<Source> {
  const { autoOrient, format, pages = 1, isProgressive } = await sharp(bytes).metadata();
  const partial = format === 'jpeg' && isProgressive ? 'progressive' : 'whole';
  const kind = pages > 1 ? 'animated' : partial;
  return { name, bytes, sha256: sha256(bytes), ...autoOrient, format, kind };
}

function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Beside the project's packages; where that cannot be written to, among the temporary files. */
async function cacheFolder(): Promise<string> {
  for (const folder of CACHE_FOLDERS) {
    const made = await mkdir(folder, { recursive: true }).then(
      () => true,
      () => false,
    );
    if (made) return folder;
  }
  throw new Error(`There is no folder to keep sources in: neither ${CACHE_FOLDERS.join(' nor ')}.`);
}
