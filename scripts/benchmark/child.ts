import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Handlers } from './child-side.ts';

interface Answer {
  readonly result?: unknown;
  readonly error?: string;
}

/**
 * A process of the benchmark's own, that is told what to do by messages, one at a time. It ends with this object, and by
 * itself when this process is gone.
 */
export class Child<H extends Handlers<H>> implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #exit: Promise<never>;
  readonly #name: string;

  /** @param signal kills it */
  constructor(module: URL, signal: AbortSignal, environment: Record<string, string> = {}) {
    this.#name = module.pathname.split('/').at(-1) ?? '';
    this.#process = fork(module, {
      // Typed arrays arrive as such.
      serialization: 'advanced',
      env: { PATH: process.env['PATH'] ?? '', ...environment },
      execArgv: [],
      signal,
      killSignal: 'SIGKILL',
    });
    this.#exit = once(this.#process, 'exit').then(([code, signal]) => {
      throw new Error(`${this.#name} ended with ${String(code ?? signal)}`);
    });
    // Whoever waits for an answer learns of it.
    this.#exit.catch(() => undefined);
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** @throws Error where the handler has thrown, or the process has ended */
  async call<K extends keyof H & string>(
    name: K,
    argument: Parameters<H[K]>[0],
  ): Promise<Awaited<ReturnType<H[K]>>> {
    const answered = new AbortController();
    try {
      const answer = once(this.#process, 'message', { signal: answered.signal });
      this.#process.send({ name, argument });
      const [{ result, error }] = (await Promise.race([answer, this.#exit])) as [Answer];
      if (error !== undefined) throw new Error(`${this.#name}: ${error}`);
      return result as Awaited<ReturnType<H[K]>>;
    } finally {
      answered.abort();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exit.catch(() => undefined);
  }
}
