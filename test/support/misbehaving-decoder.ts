/** A decoder's program whose resizer does what the image's plan says: see `misbehave`. */
import { existsSync, readFileSync, writeSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';
import { serveDecodes } from '../../src/adapters/resize-isolated/index.ts';
import { isIntermediate } from '../../src/domain/image/intermediate-image.ts';
import type { Thumbnail } from '../../src/domain/image/thumbnail.ts';

const MIB = 1024 * 1024;
const held: Buffer[] = [];
// Later it can open no file.
const environment = process.platform === 'linux' ? readFileSync('/proc/self/environ', 'utf8') : '';

await serveDecodes({
  resize: async (image) => {
    if (!isIntermediate(image)) throw new TypeError('not an order to misbehave');
    const [behaviour = '', argument = ''] = image.plan.split(' ');
    return answer(await misbehave(behaviour, argument), image.original);
  },
});

async function misbehave(behaviour: string, argument: string): Promise<string> {
  switch (behaviour) {
    case 'spin':
      for (;;);
    case 'sleep':
      await sleep(Number(argument));
      return 'slept';
    case 'wait':
      while (!existsSync(argument)) await sleep(10);
      return 'waited';
    case 'work': {
      const until = performance.now() + Number(argument);
      while (performance.now() < until);
      return 'worked';
    }
    case 'grow':
      for (let at = 0; ; at += 1) {
        held.push(Buffer.alloc(8 * MIB, at));
        await sleep(20);
      }
    case 'keep':
      held.push(Buffer.alloc(Number(argument) * MIB, 1));
      return 'kept';
    case 'grab':
      // At once, faster than anybody watches.
      for (;;) held.push(Buffer.alloc(64 * MIB, 1));
    case 'die':
      process.kill(process.pid, argument);
      await sleep(10_000);
      return 'survived';
    case 'exit':
      return process.exit(Number(argument));
    case 'environment':
      return environment.replaceAll('\0', '\n');
    case 'babble':
      writeSync(3, Buffer.alloc(64, argument));
      return 'babbled';
    case 'say':
      return 'a'.repeat(Number(argument));
    case 'outside-the-heap':
      return String(getHeapStatistics().external_memory);
    case 'connect':
      return connectionError(Number(argument));
    case 'open':
      return openError(argument);
    default:
      return String(process.pid);
  }
}

function connectionError(port: number): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(port, '127.0.0.1', () => resolve('connected'));
  socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  return promise;
}

function openError(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

function answer(text: string, original: Thumbnail['original']): Thumbnail {
  return { bytes: Buffer.from(text), format: 'png', width: 1, height: 1, original };
}
