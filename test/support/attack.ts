import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { plain } from '../../scripts/kit/images.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { memoryOf } from '../../scripts/kit/processes.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';
import type { Probed } from './health-prober.ts';

/** For a process to which 127.0.0.2 is the public internet, while 127.0.0.1 and ::1 are as private as ever. */
export const ONE_PUBLIC_ADDRESS = { ALLOWED_PRIVATE_NETWORKS: '127.0.0.2/32' };
export const PUBLIC = { host: '127.0.0.2' } as const;

const MIB = 1024 * 1024;

/**
 * For the tests of a `describe`: a service with the memory of a task of 512 MiB, and an origin. After each test it is
 * unharmed, and has never taken more than such a task has.
 */
export function aSmallTaskUnderAttack(settings: Readonly<Record<string, string>> = {}): {
  readonly service: RunningService;
  readonly origin: Origin;
} {
  const attacked = {} as { service: RunningService; origin: Origin };
  before(async () => {
    // Such a task has one decoder: the peaks of all processes are added up, with the libraries that they share.
    const task = { MEMORY_BUDGET: '204MiB', RESIZE_CONCURRENCY: '1' };
    attacked.service = await RunningService.start({ ...ONE_PUBLIC_ADDRESS, ...task, ...settings });
    attacked.origin = await startOrigin(PUBLIC);
  });
  afterEach(async () => {
    await expectUnharmed(attacked.service);
    expect(await peakMemory(attacked.service), 'memory').to.be.below(512 * MIB);
  });
  after(async () => {
    await attacked.service[Symbol.asyncDispose]();
    await attacked.origin[Symbol.asyncDispose]();
  });
  return attacked;
}

export interface Answer {
  readonly status: number;
  /** Of the problem document; empty where the answer is none. */
  readonly code: string;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** Asks for a thumbnail of 64 px as a program does, unless other parameters are given. */
export async function ask(
  service: RunningService,
  url: string,
  parameters: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const query = new URLSearchParams({ url, size: '64', ...parameters }).toString();
  return answerOf(await fetch(`${service.url}/thumbnail?${query}`, { headers }));
}

export async function answerOf(response: Response): Promise<Answer> {
  const { status, headers } = response;
  const body = Buffer.from(await response.arrayBuffer());
  const isProblem = headers.get('content-type')?.startsWith('application/problem+json') === true;
  const code = isProblem ? (JSON.parse(body.toString()) as { code: string }).code : '';
  return { status, code, headers, body };
}

/** An answer of this status and code, in which nothing tells of what is inside. */
export function expectRefusal(answer: Answer, status: number, code: string, what = ''): void {
  expect({ status: answer.status, code: answer.code }, what).to.deep.equal({ status, code });
  expectNothingInternal(answer.body.toString(), what);
  expect(answer.headers.get('cache-control'), what).to.match(/^(no-store|public, max-age=60)$/);
}

/** Addresses, paths, stacks, error codes, and the names of what is at work. */
const INTERNAL =
  /127\.0\.0\.|::1|169\.254|node_modules|file:\/\/|\.ts\b|\n\s+at |\bE[A-Z]{5,}\b|HPE_|[Vv]ips|sharp|heif|memcached|redis/;

export function expectNothingInternal(text: string, what = ''): void {
  expect(INTERNAL.exec(text)?.[0], what).to.equal(undefined);
}

let wellChecks = 0;

/** After an attack: the same process serves on, makes a thumbnail it never made before, and logged no defect. */
export async function expectUnharmed(service: RunningService): Promise<void> {
  expect((await fetch(`${service.url}/healthz`)).status).to.equal(200);
  await using origin = await startOrigin(PUBLIC);
  wellChecks += 1;
  origin.serve(`/${wellChecks}.png`, { body: await plain(90, 60, [200, 60, 0]).png().toBuffer() });
  expect((await ask(service, origin.url(`/${wellChecks}.png`))).status).to.equal(200);
  expect(service.log.filter(({ level }) => Number(level) >= 50)).to.deep.equal([]);
}

/**
 * Asks for the health until it is stopped, and tells then how long the slowest answer took (see `health-prober`). In a thread
 * of its own, as an attack keeps this one busy for seconds, which is no delay of the service's.
 */
export function watchHealth({ url, pid }: RunningService): { stop: () => Promise<number> } {
  const workerData: Probed = { url, pid };
  const prober = new Worker(new URL('health-prober.ts', import.meta.url), { workerData });
  const slowest = once(prober, 'message').then(([slowestMs]) => slowestMs as number);
  slowest.catch(() => undefined);
  return {
    stop: () => {
      prober.postMessage('stop');
      return slowest;
    },
  };
}

/** Most memory that the service's processes have held since their starts, in bytes; 0 where the system does not tell. */
export async function peakMemory({ pid }: RunningService): Promise<number> {
  return (await memoryOf(pid)).peakBytes || 0;
}

/** What they hold now. */
export async function memoryNow({ pid }: RunningService): Promise<number> {
  return (await memoryOf(pid)).residentBytes || 0;
}

/**
 * What a client that minds no rules gets back: all that comes until the service ends the connection, for which a
 * request that is in order has to ask by `Connection: close`.
 */
export async function sendRaw(service: RunningService, request: string | Uint8Array): Promise<string> {
  const socket = await connectTo(service);
  const received = receivedBy(socket);
  // Not ended: Node drops the answer to a client that has closed its half.
  socket.write(request);
  return received;
}

export async function connectTo({ url }: RunningService): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  return socket;
}

/** Until the other side ends the connection, or breaks it off. */
export async function receivedBy(socket: Socket): Promise<string> {
  const ended = Promise.withResolvers<undefined>();
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.on('error', () => ended.resolve(undefined)).once('close', () => ended.resolve(undefined));
  await ended.promise;
  return text;
}
