import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** What a child can be asked to do: functions of one argument, by name. */
type Handlers<H> = { readonly [K in keyof H]: (argument: never) => unknown };

/**
 * A process of the benchmark's own, that is told what to do by messages, one at a time. It ends with this object, and by
 * itself when this process is gone.
 */
export class Child<H extends Handlers<H>> implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #exit: Promise<never>;

  /** @param signal kills it */
  constructor(module: URL, signal: AbortSignal, environment: Record<string, string> = {}) {
    const env = { PATH: process.env['PATH'] ?? '', ...environment };
    // Of this kind of messages, typed arrays arrive as such.
    const serialization = 'advanced';
    this.#process = fork(module, { serialization, env, execArgv: [], signal, killSignal: 'SIGKILL' });
    this.#exit = once(this.#process, 'exit').then(([code, by]) => {
      throw new Error(`${module.pathname} ended with ${String(code ?? by)}`);
    });
    // Who waits for an answer learns of it.
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
    const answer = once(this.#process, 'message', { signal: answered.signal });
    try {
      this.#process.send({ name, argument });
      const [{ result, error }] = (await Promise.race([answer, this.#exit])) as [Answer];
      if (error !== undefined) throw new Error(error);
      return result as Awaited<ReturnType<H[K]>>;
    } finally {
      answered.abort();
      answer.catch(() => undefined);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exit.catch(() => undefined);
  }
}

interface Answer {
  readonly result?: unknown;
  readonly error?: string;
}

/** The child's side: answers the parent's messages until it is gone, and then ends this process. */
export function answerParent<H extends Handlers<H>>(handlers: H): void {
  const byName = new Map<string, (argument: never) => unknown>(Object.entries(handlers));
  process.on('message', ({ name, argument }: { readonly name: string; readonly argument: never }) => {
    const result = new Promise((resolve) => {
      resolve(byName.get(name)?.(argument));
    });
    void result.then(
      (result) => process.send?.({ result }),
      (error: unknown) => process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit());
  // A terminal sends it to everybody. The parent ends its children itself, when it has said why.
  process.on('SIGINT', () => undefined);
}
