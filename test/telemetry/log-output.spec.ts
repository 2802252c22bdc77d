import { expect } from 'chai';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { LogOutput } from '../../src/telemetry/log-output.ts';

const INFO = 30;
const WARN = 40;
const FATAL = 60;

/** A pipe that takes so many bytes before it has to be read. */
class Pipe {
  readonly writes: string[] = [];
  room = Infinity;

  readonly write = (bytes: Uint8Array): number => {
    const taken = Math.min(bytes.length, this.room);
    this.room -= taken;
    if (taken > 0) this.writes.push(Buffer.from(bytes.subarray(0, taken)).toString());
    return taken;
  };

  get text(): string {
    return this.writes.join('');
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }
}

describe('the output of the log', () => {
  let pipe: Pipe;
  let output: LogOutput;

  beforeEach(() => {
    pipe = new Pipe();
    output = new LogOutput(pipe.write);
  });

  const write = (line: string, level = INFO) => {
    output.lastLevel = level;
    output.write(line);
  };

  /** So many lines of a kilobyte, numbered. */
  const writeKilobytes = (count: number) => {
    for (let n = 0; n < count; n += 1) write(`${String(n).padEnd(1023)}\n`);
    output.flushSync();
  };

  it('writes the first line after a pause in the same turn of the event loop, with those beside it', async () => {
    write('a\n');
    write('b\n');
    expect(pipe.writes).to.deep.equal([]);
    await turn();
    expect(pipe.writes).to.deep.equal(['a\nb\n']);
    await sleep(20);
    write('c\n');
    await turn();
    expect(pipe.writes).to.deep.equal(['a\nb\n', 'c\n']);
  });

  it('writes lines in quick succession in one call', async () => {
    write('a\n');
    output.flushSync();
    for (const line of ['b\n', 'c\n', 'd\n']) {
      write(line);
      await turn();
    }
    await sleep(20);
    expect(pipe.text).to.equal('a\nb\nc\nd\n');
    expect(pipe.writes.length, 'calls').to.be.below(4);
  });

  it('writes a warning at once, with what came before it', () => {
    write('a\n');
    write('b\n', WARN);
    expect(pipe.writes).to.deep.equal(['a\nb\n']);
  });

  it('writes whole lines of at most 4096 bytes in a call, which a pipe takes undivided, and longer ones alone', () => {
    const lines = ['é'.repeat(1000), 'b'.repeat(3000), 'c'.repeat(9000), 'd'].map((line) => `${line}\n`);
    lines.forEach((line) => write(line));
    output.flushSync();
    expect(pipe.writes).to.deep.equal(lines);
  });

  it('writes a line that was taken in part to its end before the next one', async () => {
    pipe.room = 3;
    write('abcdef\n', WARN);
    write('next\n', WARN);
    expect(pipe.text).to.equal('abc');
    pipe.room = Infinity;
    await sleep(100);
    expect(pipe.lines).to.deep.equal(['abcdef', 'next']);
  });

  it('keeps a megabyte of lines for a reader, drops what comes beyond that, and says how much it was', async () => {
    const reports: number[] = [];
    output.onDropped = (count) => {
      reports.push(count);
      write(`dropped ${count}\n`, WARN);
    };
    pipe.room = 0;
    writeKilobytes(3000);
    expect(reports).to.deep.equal([]);
    pipe.room = Infinity;
    await sleep(100);
    expect(reports).to.deep.equal([3000 - 1024]);
    write('next\n', WARN);
    expect(pipe.lines.slice(-3)).to.deep.equal(['1023'.padEnd(1023), 'dropped 1976', 'next']);
  });

  it('drops everything until the reader has caught up, so that what it misses was in one place', async () => {
    pipe.room = 0;
    writeKilobytes(2000);
    pipe.room = 512 * 1024;
    output.flushSync();
    write('too early\n', WARN);
    pipe.room = Infinity;
    await sleep(100);
    expect(pipe.text).to.not.include('too early');
    write('again\n', WARN);
    expect(pipe.lines.at(-1)).to.equal('again');
  });

  it('keeps fatal lines where it drops others, within a limit', async () => {
    pipe.room = 0;
    writeKilobytes(2000);
    write('fatal\n', FATAL);
    for (let n = 0; n < 1000; n += 1) write(`${'f'.repeat(1023)}\n`, FATAL);
    pipe.room = Infinity;
    await sleep(100);
    expect(pipe.lines.at(1024)).to.equal('fatal');
    expect(pipe.text.length).to.be.below(1.3 * 1024 ** 2);
  });

  it('waits at the end for a reader that reads', () => {
    pipe.room = 0;
    writeKilobytes(100);
    let polls = 0;
    const slow = new LogOutput((bytes) => {
      polls += 1;
      pipe.room = 8192;
      return polls % 3 === 0 ? 0 : pipe.write(bytes);
    });
    for (let n = 0; n < 100; n += 1) slow.write(`${n}\n`.padStart(1024));
    slow.finish();
    expect(pipe.lines.map(Number)).to.deep.equal([...Array(100).keys()]);
  });

  it('waits at the end for no reader that does not read', () => {
    pipe.room = 0;
    write('a\n', FATAL);
    const startedAtMs = performance.now();
    output.finish();
    expect(performance.now() - startedAtMs).to.be.within(150, 10_000);
  });
});
