import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from './load/plan.ts';
import { memoryOf } from './processes.ts';
import type { Recorder } from './recorder.ts';
import { Service } from './service.ts';

/** What is measured: a service of our own, or a deployment somewhere. */
export interface Subject extends AsyncDisposable {
  readonly target: Target;
  /** Of the Host header. */
  readonly authority: string;
  /** Undefined where it does not run here. */
  readonly pid: number | undefined;
  /** Stops it; what it then has to say for itself, its memory for one, is recorded. */
  end(): Promise<void>;
}

export function deployment(url: string): Subject {
  return {
    ...addressOf(url),
    pid: undefined,
    end: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

export interface OwnServiceOptions {
  readonly label: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly recorder: Recorder;
  readonly settleSeconds: number;
  readonly signal: AbortSignal;
}

export async function ownService(options: OwnServiceOptions): Promise<Subject> {
  const { label, environment, recorder, settleSeconds, signal } = options;
  const service = await Service.start(environment, signal);
  return {
    ...addressOf(service.url),
    pid: service.pid,
    async end() {
      await sleep(settleSeconds * 1000, undefined, { signal });
      recorder.addMemory(label, await memoryOf(service.pid));
      for (const fault of await service.stop()) recorder.addFault(`${label}: ${fault}`);
    },
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

function addressOf(url: string): Pick<Subject, 'target' | 'authority'> {
  const { protocol, hostname, port, host } = new URL(url);
  const tls = protocol === 'https:';
  return {
    target: { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port || (tls ? 443 : 80)), tls },
    authority: host,
  };
}
