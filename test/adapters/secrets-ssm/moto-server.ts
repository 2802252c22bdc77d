import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export const hasMoto = spawnSync('sh', ['-c', 'command -v moto_server'], { stdio: 'ignore' }).status === 0;

/** moto, an emulator of AWS, on a free port of the loopback address. */
export class MotoServer implements AsyncDisposable {
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, url: string) {
    this.#process = process;
    this.url = url;
  }

  static async start(): Promise<MotoServer> {
    const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', '0'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    for await (const line of createInterface({ input: child.stderr })) {
      const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
      if (url === undefined) continue;
      child.stderr.resume();
      return new MotoServer(child, url);
    }
    throw new Error('moto_server ended without saying where it listens');
  }

  /** Calls an AWS API that speaks JSON 1.1; moto looks at the signature's scope and not at the signature. */
  async call(service: 'ssm' | 'kms', target: string, body: object): Promise<Record<string, unknown>> {
    const scope = `AKIDTEST/20260101/eu-west-1/${service}/aws4_request`;
    const response = await fetch(this.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': target,
        authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify(body),
    });
    const answer = (await response.text()) || '{}';
    if (!response.ok) throw new Error(`${target}: ${answer}`);
    return JSON.parse(answer) as Record<string, unknown>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill();
    await ended;
  }
}
