import { readFile } from 'node:fs/promises';

/** The web addresses that a file lists, one a line; empty lines and those that begin with # are passed over. */
export async function addressesIn(file: string): Promise<string[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').map((line) => line.trim());
  const urls = lines.filter((line) => line !== '' && !line.startsWith('#'));
  const wrong = urls.find((url) => !/^https?:$/.test(URL.parse(url)?.protocol ?? ''));
  if (wrong !== undefined) throw new Error(`--urls: "${wrong}" in ${file} is not a web address.`);
  if (urls.length === 0) throw new Error(`--urls: there is no address in ${file}.`);
  return [...new Set(urls)];
}
