import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FolderImageFetcher } from '../../../src/adapters/fetch-folder/index.ts';
import { itFetchesFromAStore } from './store-contract.ts';

itFetchesFromAStore('FolderImageFetcher', async () => {
  const folder = `${await mkdtemp(join(tmpdir(), 'images-'))}/`;
  return {
    base: pathToFileURL(folder).href,
    open: () => new FolderImageFetcher({ folder }),
    put: async (name, bytes) => {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), bytes);
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
});
