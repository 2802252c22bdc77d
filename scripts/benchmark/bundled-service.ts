import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ALLOCATOR, HEAP_FLAGS } from '../../src/process/tuning.ts';
import type { Command } from './service.ts';

const PROJECT = join(import.meta.dirname, '../..');

/** The service as the container image runs it: bundled, with its settings and flags, and a compile cache of its own. */
export class BundledService implements AsyncDisposable {
  readonly command: Command;
  /** Where its `main.js` is. */
  readonly folder: string;
  /** What the bundler has said; nothing where all is well. */
  warnings = '';

  /** @param signal ends the making of it */
  static async make(signal: AbortSignal): Promise<BundledService> {
    // Below the project, where its packages are found as they are in the image.
    const cache = join(PROJECT, 'node_modules/.cache');
    await mkdir(cache, { recursive: true });
    const service = new BundledService(await mkdtemp(join(cache, 'bundle-')));
    try {
      const script = join(PROJECT, 'scripts/bundle.ts');
      const { stderr } = await promisify(execFile)(process.execPath, [script, service.folder], { signal });
      service.warnings = stderr;
      return service;
    } catch (error) {
      await service[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(folder: string) {
    this.folder = folder;
    this.command = {
      args: [...HEAP_FLAGS, join(folder, 'main.js')],
      environment: { ...ALLOCATOR, NODE_COMPILE_CACHE: join(folder, 'compile-cache') },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
