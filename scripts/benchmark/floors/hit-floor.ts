import { Child } from '../child.ts';
import type { Target } from '../load/plan.ts';
import type { FloorHandlers, FloorOptions } from './stored-answers.ts';

const TITLES = {
  http: 'bare node:http',
  koa: 'bare Koa',
  memjs: 'node:http + memjs',
  ioredis: 'node:http + ioredis',
} as const;
export type HitFloorKind = keyof typeof TITLES;

/** What hits are held against: a server that answers the same bytes and does nothing else. */
export class HitFloor implements AsyncDisposable {
  readonly title: string;
  readonly #child: Child<FloorHandlers>;
  target: Target = { host: '127.0.0.1', port: 0, tls: false };

  static async start(kind: HitFloorKind, options: FloorOptions, signal: AbortSignal): Promise<HitFloor> {
    const floor = new HitFloor(kind, signal);
    floor.target = { ...floor.target, port: await floor.#child.call('listen', options) };
    return floor;
  }

  private constructor(kind: HitFloorKind, signal: AbortSignal) {
    this.title = TITLES[kind];
    this.#child = new Child(new URL(`${kind}-process.ts`, import.meta.url), signal);
  }

  get pid(): number {
    return this.#child.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
  }
}
