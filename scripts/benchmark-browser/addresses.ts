import { readFile } from 'node:fs/promises';
import { startOrigin } from '../kit/origin.ts';
import { UsageError } from './options.ts';
import { drawPictures } from './pictures.ts';

/** The images that forms are filled in with. Disposing of it ends the origin that serves them, if it is ours. */
export interface Addresses extends AsyncDisposable {
  readonly urls: readonly string[];
}

/** Pictures of our own, on loopback. */
export async function ownPictures(): Promise<Addresses> {
  const pictures = await drawPictures();
  const origin = await startOrigin();
  for (const { name, type, body } of pictures) origin.serve(`/${name}`, { body, type });
  return {
    urls: pictures.map(({ name }) => origin.url(`/${name}`)),
    [Symbol.asyncDispose]: () => origin[Symbol.asyncDispose](),
  };
}

/** One address a line; empty lines and those that begin with # are passed over. */
export async function addressesIn(file: string): Promise<Addresses> {
  const lines = (await textOf(file)).split('\n').map((line) => line.trim());
  const urls = lines.filter((line) => line !== '' && !line.startsWith('#'));
  const wrong = urls.find((url) => !/^https?:$/.test(URL.parse(url)?.protocol ?? ''));
  if (wrong !== undefined) throw new UsageError(`--urls: "${wrong}" in ${file} is not a web address.`);
  if (urls.length === 0) throw new UsageError(`--urls: there is no address in ${file}.`);
  return { urls: [...new Set(urls)], [Symbol.asyncDispose]: () => Promise.resolve() };
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--urls: ${file} cannot be read.`, { cause: error });
  }
}
