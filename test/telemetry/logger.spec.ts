import { spawnSync } from 'node:child_process';
import { expect } from 'chai';

const LOGGER = new URL('../../src/telemetry/logger.ts', import.meta.url).href;

/** What a process has written that does this with a logger. */
function logOf(work: string): string[] {
  const script = `const { createLogger } = await import('${LOGGER}'); const logger = await createLogger('info'); ${work}`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  return stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { msg: string }).msg);
}

describe('the log', () => {
  it('has its lines in their order, of one turn of the event loop and of several', () => {
    const work = `logger.info('a'); logger.info('b'); setImmediate(() => { logger.info('c'); logger.info('d'); });`;
    expect(logOf(work)).to.deep.equal(['a', 'b', 'c', 'd']);
  });

  it('has what was logged just before the process ended', () => {
    expect(logOf(`logger.info('a'); process.exit(0);`)).to.deep.equal(['a']);
    expect(logOf(`logger.info('a'); throw new Error('unforeseen');`)).to.deep.equal(['a']);
  });

  it('has a warning at once, and with it what came before, even where the process is killed', () => {
    expect(logOf(`logger.info('a'); logger.warn('b'); process.kill(process.pid, 'SIGKILL');`)).to.deep.equal([
      'a',
      'b',
    ]);
  });

  it('has each line as pino itself would write it', () => {
    const lines = [
      [{ a: 1, b: 'x"y\n\u2028\ud800', c: undefined, d: NaN, e: -0.5, 'f"': 'é' }, 'flat'],
      [{}, 'empty'],
      [{ a: { b: [1, null, true] } }, 'deep'],
      [{ a: true, b: null }, 'neither number nor text'],
      ['only a message, with %s in it'],
      [{ a: 1 }, 'of %s and %d', 'several', 2],
      [{ a: 1 }],
    ];
    const script = `
      const { createLogger } = await import('${LOGGER}');
      const { pino } = await import('pino');
      const logger = await createLogger('info');
      const plain = pino({ base: { pid: process.pid } }, { write: (line) => process.stdout.write(line) });
      Date.now = () => 1;
      const lines = ${JSON.stringify(lines)};
      lines[0][0].c = undefined;
      lines[0][0].d = NaN;
      for (const line of lines) { logger.info(...line); plain.info(...line); logger.warn('-'); }
    `;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      cwd: new URL('../..', import.meta.url),
    });
    const written = stdout.split('\n').filter((line) => !line.includes('"msg":"-"') && line !== '');
    expect(written).to.have.length(2 * lines.length);
    const counted = Map.groupBy(written, (line) => line);
    expect([...counted.values()].map((same) => same.length)).to.deep.equal(lines.map(() => 2));
  });
});
