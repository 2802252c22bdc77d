import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { StubbedPrograms } from '../stubbed-programs.ts';

const hasModule = spawnSync('python3', ['-c', 'import awscli.clidriver'], { stdio: 'ignore' }).status === 0;

/** The real AWS CLI for a test that calls it a hundred times: where Python knows it, it is loaded once. */
export class AwsCli implements AsyncDisposable {
  readonly #server: ChildProcess;

  private constructor(server: ChildProcess) {
    this.#server = server;
  }

  /** @returns undefined where `aws` has to be used as it is */
  static async start(programs: StubbedPrograms, env: Record<string, string>): Promise<AwsCli | undefined> {
    if (!hasModule) return undefined;
    const server = spawn('python3', [join(import.meta.dirname, 'server.py')], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [port] = (await once(server.stdout, 'data')) as [Buffer];
    await programs.stub(
      'aws',
      `exec bash '${join(import.meta.dirname, 'client.sh')}' ${port.toString().trim()} "$@"`,
    );
    return new AwsCli(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#server, 'exit');
    this.#server.kill();
    await ended;
  }
}
