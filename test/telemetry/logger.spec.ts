import { spawnSync } from 'node:child_process';
import { expect } from 'chai';

const LOGGER = new URL('../../src/telemetry/logger.ts', import.meta.url).href;

/** What a process writes that does this with a logger. */
function logOf(work: string): Record<string, unknown>[] {
  const script = `const { createLogger } = await import('${LOGGER}'); const logger = await createLogger('info'); ${work}`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const messagesOf = (work: string) => logOf(work).map(({ msg }) => msg);

describe('the log', () => {
  it('has its lines in their order, of one turn of the event loop and of several', () => {
    const work = `logger.info('a'); logger.info('b'); setImmediate(() => { logger.info('c'); logger.info('d'); });`;
    expect(messagesOf(work)).to.deep.equal(['a', 'b', 'c', 'd']);
  });

  for (const [how, end] of [
    ['ended by itself', ''],
    ['called process.exit', 'process.exit(0);'],
    ['ended on an uncaught exception', "throw new Error('unforeseen');"],
    [
      'was told to by SIGTERM',
      "process.on('SIGTERM', () => process.exit()); process.kill(process.pid, 'SIGTERM');",
    ],
  ] as const) {
    it(`has what was logged just before the process ${how}`, () => {
      const work = `logger.info('first'); setTimeout(() => { logger.info('a'); logger.info('b'); ${end} }, 2);`;
      expect(messagesOf(work)).to.deep.equal(['first', 'a', 'b']);
    });
  }

  for (const level of ['warn', 'error', 'fatal']) {
    it(`has a line of level ${level} at once and those before it, even where the process is killed`, () => {
      const work = `logger.info('a'); logger.${level}('b'); process.kill(process.pid, 'SIGKILL');`;
      expect(messagesOf(work)).to.deep.equal(['a', 'b']);
    });
  }

  it('has a number for the level, a time, the process id, the fields and the message', () => {
    const [line] = logOf(`logger.info({ status: 200, route: 'x"y\\n\\u2028', code: undefined }, 'request');`);
    expect(line).to.have.all.keys('level', 'time', 'pid', 'status', 'route', 'msg');
    expect(line).to.include({ level: 30, status: 200, route: 'x"y\n\u2028', msg: 'request' });
    expect(Number(line!['time'])).to.be.closeTo(Date.now(), 60_000);
    expect(line!['pid']).to.be.a('number');
  });

  it('has no credentials of an address in an error', () => {
    const [line] = logOf(`logger.error({ err: new Error('no redis://u:hunter2@cache:6379') }, 'failed');`);
    expect(JSON.stringify(line)).to.include('redis://…@cache:6379').and.not.include('hunter2');
  });

  it('has of a text what a person reads, and nothing that a terminal obeys', () => {
    const work = String.raw`
      const text = 'sent: \u009b2J\u202e\u001b[2J\n' + 'x'.repeat(300_000);
      logger.info({ reason: text }, 'request');
      logger.error({ err: new Error(text) }, 'failed');
    `;
    const [request, failed] = logOf(work);
    const { err } = failed as { err: Record<'message' | 'stack', string> };
    for (const text of [request!['reason'], err.message, err.stack]) {
      expect(text)
        .to.match(/sent: \ufffd2J\ufffd\ufffd\[2J\nxxx/)
        .and.to.have.length.below(5000);
    }
  });

  it('has no part of a password, wherever its text is cut', () => {
    const [line] = logOf(`
      const text = 'x'.repeat(4080) + ' redis://user:hunter2hunter2@cache:6379';
      logger.error({ reason: text }, 'failed');
    `);
    expect(line!['reason'])
      .to.match(/x redis:\/\/…@/)
      .and.not.include('hunter2');
  });

  it('says what kind an error is, with its stack and its causes, and none of its other properties', () => {
    const [line] = logOf(`
      const cause = Object.assign(new RangeError('deep'), { code: 'EDEEP', request: { secret: 'x' } });
      const several = new AggregateError([new TypeError('one')], 'several', { cause });
      logger.error({ err: several }, 'failed');
    `);
    expect(line).to.have.nested.include({
      level: 50,
      'err.type': 'AggregateError',
      'err.cause.code': 'EDEEP',
      'err.cause.type': 'RangeError',
      'err.errors[0].message': 'one',
    });
    expect(line).to.have.nested.property('err.stack').that.includes('several');
    expect(JSON.stringify(line)).to.not.include('secret');
  });
});
