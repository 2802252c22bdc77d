import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { whyMissing } from '../../support/describe-with.ts';

export const whyNoMoto = whyMissing('moto_server');

/** moto, an emulator of AWS, on a free port of the loopback address. */
export class MotoServer implements AsyncDisposable {
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, url: string) {
    this.#process = process;
    this.url = url;
  }

  /** @param freeCalls how many calls anybody may make before policies count; without it they never do */
  static async start(freeCalls?: number): Promise<MotoServer> {
    const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', '0'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(freeCalls !== undefined && {
        env: { ...process.env, INITIAL_NO_AUTH_ACTION_COUNT: String(freeCalls) },
      }),
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

  /** Puts an object, or without a body a bucket. */
  async put(path: string, body?: Uint8Array): Promise<void> {
    const scope = 'AKIDTEST/20260101/us-east-1/s3/aws4_request';
    const response = await fetch(`${this.url}/${path}`, {
      method: 'PUT',
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
      },
      ...(body !== undefined && { body: Buffer.from(body) }),
    });
    if (!response.ok) throw new Error(`PUT ${path}: ${await response.text()}`);
  }

  /** A user with a policy, or with none. @returns the credentials */
  async createUser(name: string, policy?: object) {
    const ask = async (parameters: Record<string, string>) => {
      const scope = 'AKIDTEST/20260101/us-east-1/iam/aws4_request';
      const response = await fetch(this.url, {
        method: 'POST',
        headers: {
          authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
        },
        body: new URLSearchParams({ Version: '2010-05-08', UserName: name, ...parameters }),
      });
      const answer = await response.text();
      if (!response.ok) throw new Error(`${parameters['Action'] ?? ''}: ${answer}`);
      return (field: string) => new RegExp(`<${field}>(.*?)</${field}>`).exec(answer)?.[1] ?? '';
    };
    await ask({ Action: 'CreateUser' });
    const key = await ask({ Action: 'CreateAccessKey' });
    if (policy !== undefined) {
      await ask({ Action: 'PutUserPolicy', PolicyName: 'only', PolicyDocument: JSON.stringify(policy) });
    }
    return { AWS_ACCESS_KEY_ID: key('AccessKeyId'), AWS_SECRET_ACCESS_KEY: key('SecretAccessKey') };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill();
    await ended;
  }
}
