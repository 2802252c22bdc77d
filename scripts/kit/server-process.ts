import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const START_DEADLINE_MS = 20_000;

/** How a server is started again and again, in a folder of its own. */
export interface ServerProgram {
  readonly command: string;
  readonly args: () => readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Written to its standard input. */
  readonly input?: string;
  /** Of the loopback address it listens on; -1 while it has not said so. */
  readonly port: () => Promise<number>;
  /** How long it may take to listen; some seconds unless given. */
  readonly startMs?: number;
  /** Removed in the end. */
  readonly folder: string;
}

/** A real server on a port of its own, which keeps that port when it is started again. */
export class ServerProcess implements AsyncDisposable {
  readonly #program: ServerProgram;
  #process: ChildProcess | undefined;

  protected constructor(program: ServerProgram) {
    this.#program = program;
  }

  async start(): Promise<void> {
    const { command, args, environment, input = '', port, startMs = START_DEADLINE_MS } = this.#program;
    const env = { ...process.env, ...environment };
    const child = spawn(command, args(), { env, stdio: ['pipe', 'ignore', 'ignore'] });
    this.#process = child;
    child.stdin.end(input);
    const giveUpAt = Date.now() + startMs;
    while (!(await accepts(await port()))) {
      if (Date.now() > giveUpAt || child.exitCode !== null) {
        await this[Symbol.asyncDispose]();
        throw new Error(`${command} did not start`);
      }
      await sleep(10);
    }
  }

  /** 0 while it does not run. */
  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  async stop(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.kill('SIGKILL')) await once(child, 'exit');
  }

  /**
   * It keeps its connections, and the kernel goes on accepting new ones for it, but it answers nothing. Resolves once all
   * of its threads have stopped: one that still runs when the signal was sent may answer.
   */
  async pause(): Promise<void> {
    this.#process?.kill('SIGSTOP');
    const pid = this.#process?.pid;
    for (let tries = 0; pid !== undefined && tries < 5000 && !isStopped(pid); tries += 1) await sleep(2);
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.#program.folder, { recursive: true, force: true });
  }
}

/** Whether anybody listens on this loopback port. */
async function accepts(port: number): Promise<boolean> {
  if (port === -1) return false;
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** By the state of each thread, behind the name in parentheses (proc(5)). */
function isStopped(pid: number): boolean {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.every((id) =>
    readFileSync(`/proc/${pid}/task/${id}/stat`, 'utf8').replace(/^.*\)/, '').includes(' T '),
  );
}
