import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Programs by the names of real ones, before these on the path; they write down how they were called. */
export class StubbedPrograms implements AsyncDisposable {
  readonly #folder: string;

  static async create(): Promise<StubbedPrograms> {
    return new StubbedPrograms(await mkdtemp(join(tmpdir(), 'stubs-')));
  }

  private constructor(folder: string) {
    this.#folder = folder;
  }

  get path(): string {
    return `${this.#folder}:${process.env['PATH'] ?? ''}`;
  }

  /** Every call, its program and arguments on one line; `calls` begins anew after it was read. */
  takeCalls(): string[] {
    const text = readFileSync(join(this.#folder, 'calls'), { encoding: 'utf8', flag: 'a+' });
    const lines = text.split('\n').slice(0, -1);
    const taken = lines.slice(this.#taken);
    this.#taken = lines.length;
    return taken;
  }
  #taken = 0;

  /** @param body in shell, after the call was written down */
  async stub(program: string, body: string): Promise<void> {
    const file = join(this.#folder, program);
    // In one write: two of them may run at once, in a pipe.
    const log = `printf '%s\\n' "$(printf '%s' "${program} $*" | tr '\\n' ' ')" >>'${this.#folder}/calls'`;
    await writeFile(file, `#!/bin/sh\n${log}\n${body}\n`);
    await chmod(file, 0o755);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
