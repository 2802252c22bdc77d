import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { CacheKey } from '../../domain/cache/cache-key.ts';
import { makeFolder } from '../local-files/index.ts';

/** Folders that the entries are spread over, by the first two digits of their names. */
export const SHARDS = Array.from({ length: 256 }, (_, index) => index.toString(16).padStart(2, '0'));

const NAME_LENGTH = 64;

/** Where things lie in the cache's folder. Names are digests: they say nothing of what is in them, on any file system. */
export class Layout {
  readonly folder: string;
  readonly leases: string;
  readonly processes: string;
  /** How much there is, as the last one has counted who made room. */
  readonly level: string;
  /** Held by the one that counts and makes room. */
  readonly lock: string;

  readonly #namespace: string;

  /** @param namespace caches of one folder that have different ones know nothing of one another's entries */
  constructor(folder: string, namespace: string) {
    this.folder = folder;
    this.#namespace = namespace;
    this.leases = join(folder, 'leases');
    this.processes = join(folder, 'processes');
    this.level = join(folder, 'level.json');
    this.lock = join(folder, 'sweep.lock');
  }

  /** Thumbnails of private images are nobody else's to read. */
  async create(): Promise<void> {
    const folders = [this.folder, this.leases, this.processes, ...SHARDS.map((shard) => this.shard(shard))];
    for (const folder of folders) await makeFolder(folder, 0o700);
  }

  shard(shard: string): string {
    return join(this.folder, shard);
  }

  entry(key: CacheKey): string {
    const name = this.#nameOf(key);
    return join(this.folder, name.slice(0, 2), name);
  }

  lease(key: CacheKey): string {
    return join(this.leases, this.#nameOf(key));
  }

  #nameOf(key: CacheKey): string {
    return createHash('sha256').update(`${this.#namespace}\n${key}`).digest('hex');
  }
}

/** A file that is to be renamed to `path` once it is complete. */
export function draftOf(path: string): string {
  return `${path}.${randomUUID()}`;
}

export function isDraft(name: string): boolean {
  return name.length > NAME_LENGTH;
}
