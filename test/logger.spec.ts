import { spawnSync } from 'node:child_process';
import { expect } from 'chai';

const LOGGER = new URL('../src/logger.ts', import.meta.url).href;

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
});
