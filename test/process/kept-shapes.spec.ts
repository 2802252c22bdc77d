import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';

const run = promisify(execFile);

/** Ticks, then full collections while there are none, then the processor time of many more, in ms. */
const MEASURED = `
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const ticks = async (count) => {
    for (let made = 0; made < count; made += 100) {
      for (let each = 0; each < 100; each += 1) process.nextTick(() => {});
      await turn();
    }
  };
  await ticks(1000);
  for (let collection = 0; collection < 8; collection += 1) {
    gc();
    await turn();
  }
  await ticks(100_000);
  const before = process.cpuUsage();
  await ticks(500_000);
  const { user, system } = process.cpuUsage(before);
  console.log((user + system) / 1000);
`;

async function cpuMs(preparation: string): Promise<number> {
  const program = preparation + MEASURED;
  const { stdout } = await run(process.execPath, ['--expose-gc', '--input-type=module', '--eval', program]);
  return Number(stdout);
}

describe('the shape of ticks', () => {
  it('outlives collections that find no tick', async () => {
    const { href } = new URL('../../src/process/kept-shapes.ts', import.meta.url);
    const kept = await cpuMs(`import { keepShapeOfTicks } from '${href}'; keepShapeOfTicks();`);
    const forgotten = await cpuMs('');
    expect(kept / forgotten, `${kept} and ${forgotten} ms`).to.be.below(0.6);
  });
});
