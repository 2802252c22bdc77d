import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';

const DEFECTS_SHOWN = 3;

/** Where it listens, once for each worker, as far as it has said so. */
export async function urlsIn(file: string): Promise<string[]> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  return lines.map(listeningAt).filter((url) => url !== undefined);
}

/** The address, where the line is the one that says where it listens. */
export function listeningAt(line: string): string | undefined {
  if (!line.includes('"msg":"listening"')) return undefined;
  return (JSON.parse(line) as { readonly url: string }).url;
}

/** The first lines that tell of a defect. The log of a run has millions, and is not read into memory. */
export async function defectsIn(file: string): Promise<string[]> {
  const defects: string[] = [];
  let rest = '';
  for await (const chunk of createReadStream(file, { encoding: 'latin1', highWaterMark: 2 ** 20 })) {
    const text = rest + String(chunk);
    const end = text.lastIndexOf('\n') + 1;
    defects.push(...(text.slice(0, end).match(/^.*"level":[56]0.*$/gm) ?? []));
    rest = text.slice(end);
  }
  return defects.slice(0, DEFECTS_SHOWN);
}
