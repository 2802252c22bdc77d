import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Sharp } from 'sharp';

const run = promisify(execFile);
/** Of the Rust AV developers; BSD-2-Clause. */
const COMMAND = 'ssimulacra2_rs';
export const INSTALLATION = `cargo install ${COMMAND} --version 0.5.2 --no-default-features --locked`;

/**
 * SSIMULACRA2, a score of likeness as people judge it: 90 where the two cannot be told apart, 70 for high quality, 50 for
 * medium, 30 for low. No package of npm that is looked after computes it, so it is a program's.
 */
export class Ssimulacra2 implements AsyncDisposable {
  readonly #folder: string;

  /** Undefined where the program is not installed. */
  static async find(): Promise<Ssimulacra2 | undefined> {
    try {
      await run(COMMAND, ['--version']);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
    return new Ssimulacra2(await mkdtemp(join(tmpdir(), 'ssimulacra2-')));
  }

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** How like the reference an image of the same sides is. */
  async score(reference: Sharp, image: Sharp): Promise<number> {
    const files = await Promise.all([
      this.#written('reference.png', reference),
      this.#written('image.png', image),
    ]);
    const { stdout } = await run(COMMAND, ['image', ...files]);
    const score = /-?\d+(?:\.\d+)?/.exec(stdout)?.[0];
    if (score === undefined) throw new Error(`${COMMAND} answered without a score: ${stdout}`);
    return Number(score);
  }

  async #written(name: string, image: Sharp): Promise<string> {
    const file = join(this.#folder, name);
    await writeFile(file, await image.png({ compressionLevel: 1 }).toBuffer());
    return file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
