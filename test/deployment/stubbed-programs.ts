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

  /** Every call, its program and arguments on one line; `calls` begins again after it was read. */
  takeCalls(): string[] {
    const text = readFileSync(join(this.#folder, 'calls'), { encoding: 'utf8', flag: 'a+' });
    const calls = text.split('\0').slice(0, -1);
    const taken = calls.slice(this.#taken);
    this.#taken = calls.length;
    return taken.map((call) => call.replaceAll('\n', ' '));
  }
  #taken = 0;

  /** @param body in shell, after the call was written down */
  async stub(program: string, body: string): Promise<void> {
    const file = join(this.#folder, program);
    // In one write, for two of them may run at once, in a pipe; and by the shell itself, for there are many calls.
    const log = `printf '%s\\0' "${program} $*" >>'${this.#folder}/calls'`;
    await writeFile(file, `#!/bin/sh\n${log}\n${body}\n`);
    await chmod(file, 0o755);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
