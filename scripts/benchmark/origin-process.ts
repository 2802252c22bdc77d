/** The process behind `Origin`: serves sources, as slowly as it is told, and counts what it has sent. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerParent } from './child-side.ts';

export interface OriginFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly type: string;
}

export interface OriginPace {
  /** Before each answer. */
  readonly delayMs: number;
  /** On each connection; undefined is as fast as it goes. */
  readonly bytesPerSecond: number | undefined;
}

export interface OriginTraffic {
  readonly requests: number;
  /** Of bodies, handed to the operating system. Without a pace, that takes megabytes before anybody reads them. */
  readonly bytes: number;
}

/** What is sent at once with a pace, in time: short beside a download, long beside a timer's own error. */
const SLICE_MS = 4;
const MIN_SLICE_BYTES = 4096;

const handlers = {
  async listen(given: readonly OriginFile[]): Promise<string> {
    for (const file of given) files.set(`/${encodeURIComponent(file.name)}`, file);
    const server = createServer({ keepAlive: true }, (request, response) => void answer(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
  setPace(given: OriginPace): void {
    pace = given;
  },
  takeTraffic(): OriginTraffic {
    const taken = traffic;
    traffic = { requests: 0, bytes: 0 };
    return taken;
  },
};
export type OriginHandlers = typeof handlers;

const files = new Map<string, OriginFile>();
let pace: OriginPace = { delayMs: 0, bytesPerSecond: undefined };
let traffic: OriginTraffic = { requests: 0, bytes: 0 };
answerParent(handlers);

async function answer({ url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
  const file = files.get(url.split('?', 1)[0] ?? '');
  traffic = { ...traffic, requests: traffic.requests + 1 };
  if (pace.delayMs > 0) await sleep(pace.delayMs);
  if (file === undefined) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': file.type, 'content-length': file.bytes.length });
  if (pace.bytesPerSecond === undefined) {
    count(file.bytes.length);
    response.end(file.bytes);
  } else await trickle(file.bytes, pace.bytesPerSecond, response);
}

/** By the clock, not by counting timers: those are late, and the next slice makes up for it. */
async function trickle(bytes: Uint8Array, bytesPerSecond: number, response: ServerResponse): Promise<void> {
  const startedAt = performance.now();
  const least = Math.max(MIN_SLICE_BYTES, (bytesPerSecond * SLICE_MS) / 1000);
  for (let sent = 0; sent < bytes.length && !response.destroyed;) {
    const due = ((performance.now() - startedAt) / 1000) * bytesPerSecond + least;
    const next = bytes.subarray(sent, Math.max(sent, Math.floor(due)));
    if (next.length > 0) response.write(next);
    count(next.length);
    sent += next.length;
    await sleep(SLICE_MS);
  }
  response.end();
}

function count(bytes: number): void {
  traffic = { ...traffic, bytes: traffic.bytes + bytes };
}
