import { expect } from 'chai';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { GatheredOutput } from '../../src/telemetry/gathered-output.ts';

describe('GatheredOutput', () => {
  let written: string[];
  let output: GatheredOutput;

  beforeEach(() => {
    written = [];
    output = new GatheredOutput((lines) => written.push(lines));
  });

  it('writes the first line after a pause in the same turn of the event loop, with those beside it', async () => {
    output.write('a\n');
    output.write('b\n');
    expect(written).to.deep.equal([]);
    await turn();
    expect(written).to.deep.equal(['a\nb\n']);
    await sleep(20);
    output.write('c\n');
    await turn();
    expect(written).to.deep.equal(['a\nb\n', 'c\n']);
  });

  it('writes lines in quick succession in one call', async () => {
    output.write('a\n');
    output.flushSync();
    for (const line of ['b\n', 'c\n', 'd\n']) {
      output.write(line);
      await turn();
    }
    await sleep(20);
    expect(written.join('')).to.equal('a\nb\nc\nd\n');
    expect(written.length, 'calls').to.be.below(4);
  });

  it('writes what is there when it is told to, once', async () => {
    output.write('a\n');
    output.flushSync();
    output.flushSync();
    await sleep(20);
    expect(written).to.deep.equal(['a\n']);
  });
});
