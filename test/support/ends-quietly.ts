import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';

/**
 * Expects of a cache that meets a fault, and is closed then, that nothing of it holds the process open or is written to the
 * console.
 *
 * @param open an expression that opens the cache, with the module as `adapter` and short `deadlines`
 */
export async function expectQuietEnd(adapter: string, open: string): Promise<void> {
  const { href } = new URL(`../../src/adapters/${adapter}/index.ts`, import.meta.url);
  const program = `
    import * as adapter from ${JSON.stringify(href)};
    const deadlines = { operationMs: 100, retryMs: 10 };
    const cache = await ${open};
    const outcomes = await Promise.allSettled([cache.get('v1:one'), cache.get('v1:other')]);
    cache.get('v1:third').catch(() => undefined);
    await cache.close();
    process.exitCode = outcomes.every(({ status }) => status === 'rejected') ? 0 : 1;
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program]);
  const [[code], out, err] = await Promise.all([
    once(child, 'exit') as Promise<[number]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  expect({ code, out, err }).to.deep.equal({ code: 0, out: '', err: '' });
}
