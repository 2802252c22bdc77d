/** A process that writes to a folder until it is killed: `node writer.ts FOLDER MAX_BYTES SEED`. */
import { DiskThumbnailCache } from '../../../src/adapters/cache-disk/index.ts';
import { numberedKey } from './numbered-key.ts';
import { sampleEntry } from '../../support/cache-entries.ts';

const [folder = '', maxBytes = '', seed = ''] = process.argv.slice(2);
const cache = await DiskThumbnailCache.open({ folder, maxBytes: Number(maxBytes) });
for (let number = 0; ; number += 1) {
  await cache.set(
    numberedKey(`${seed}${number}`),
    sampleEntry({ seed: `${seed}${number}`, byteLength: 3000 }),
    60_000,
  );
  if (number % 100 === 0) process.stdout.write(`${number}\n`);
}
