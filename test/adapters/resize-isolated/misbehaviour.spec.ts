import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { IsolatedImageResizer } from '../../../src/adapters/resize-isolated/index.ts';
import { ThumbnailerError } from '../../../src/domain/errors/index.ts';
import { startOrigin } from '../../../scripts/kit/origin.ts';
import { isInstalled } from '../../support/describe-with.ts';
import { decoderOrder } from '../../support/decoder-order.ts';
import { isolatedResizer } from '../../support/isolated-resizer.ts';
import { turnOfTheLoop } from '../../support/mock-clock.ts';
import { rejection } from '../../support/rejection.ts';
import { isRunning } from '../../support/running-processes.ts';

const MIB = 1024 * 1024;
const program = new URL('../../support/misbehaving-decoder.ts', import.meta.url).pathname;
const crashing = new URL('../../support/crashing-decoder.ts', import.meta.url).pathname;
const hasty = new URL('../../support/hasty-decoder.ts', import.meta.url).pathname;
const stopped = new URL('../../support/stopped-decoder.ts', import.meta.url).pathname;
const hasProc = existsSync('/proc/self/status');

describe('A decoder that misbehaves', function () {
  let endings: Error[] = [];
  let resizer: IsolatedImageResizer;

  beforeEach(() => {
    endings = [];
    resizer = isolatedResizer({
      program,
      timeoutMs: 300,
      maxBytes: 64 * MIB,
      onDecoderEnded: (error) => endings.push(error),
    });
  });

  afterEach(() => resizer.close());

  it('is stopped when it has used its processor time, and the next image is served', async () => {
    expect(await codeOf(decoderOrder(resizer, 'spin'))).to.equal('image-too-expensive');
    expect(endings.map(({ message }) => message)).to.deep.equal(['a decoder ended: too-expensive']);
    expect(await decoderOrder(resizer, 'pid')).to.match(/^\d+$/);
  });

  it('may wait for longer than that, as long as it uses no processor time', async function () {
    if (!hasProc) this.skip();
    expect(await decoderOrder(resizer, 'sleep 900')).to.equal('slept');
  });

  it('is stopped when it holds more memory than the image was admitted with', async function () {
    if (!hasProc) this.skip();
    expect(await codeOf(decoderOrder(resizer, 'grow'))).to.equal('image-too-large');
    expect(await decoderOrder(resizer, 'pid')).to.match(/^\d+$/);
  });

  it('cannot take more memory than the kernel gives it, however fast it is', async function () {
    if (!hasProc) this.skip();
    await resizer.warmUp();
    const peaks: number[] = [];
    const timer = setInterval(() => peaks.push(process.availableMemory()), 10);
    const before = process.availableMemory();
    expect(await codeOf(decoderOrder(resizer, 'grab'))).to.be.oneOf(['overloaded', 'image-too-large']);
    clearInterval(timer);
    // Its 64 MiB, as many of slack, and what else this machine does meanwhile.
    expect(before - Math.min(...peaks, before)).to.be.below(600 * MIB);
  });

  it('is told apart from a crash that does not come again', async () => {
    const pid = Number(await decoderOrder(resizer, 'pid'));
    const slow = decoderOrder(resizer, 'sleep 300');
    await turnOfTheLoop();
    process.kill(pid, 'SIGKILL');
    expect(await slow).to.equal('slept');
    expect(endings).to.have.length(1);
  });

  for (const signal of ['SIGSEGV', 'SIGABRT', 'SIGBUS']) {
    it(`is a damaged image where it dies of ${signal} each time`, async () => {
      expect(await codeOf(decoderOrder(resizer, `die ${signal}`))).to.equal('corrupt-image');
      expect(endings).to.have.length(3);
      expect(await decoderOrder(resizer, 'pid')).to.match(/^\d+$/);
    });
  }

  it('is overload where it is killed each time, or ends by itself: nothing that is said of the image', async () => {
    expect(await codeOf(decoderOrder(resizer, 'die SIGKILL'))).to.equal('overloaded');
    expect(await codeOf(decoderOrder(resizer, 'exit 3'))).to.equal('overloaded');
  });

  it('is overload where what it says makes no sense', async () => {
    expect(await codeOf(decoderOrder(resizer, 'babble x'))).to.equal('overloaded');
    // Frames without a head: what is in them is no JSON.
    expect(await codeOf(decoderOrder(resizer, 'babble \0'))).to.equal('overloaded');
    expect(await decoderOrder(resizer, 'pid')).to.match(/^\d+$/);
  });

  it('is overload where it answers ahead of its image, which is sent from memory that the next may be in', async () => {
    await using early = disposable(isolatedResizer({ program: hasty }));
    const { signal } = new AbortController();
    expect(await codeOf(decoderOrder(early.resizer, 'pid', signal, 4 * MIB))).to.equal('overloaded');
  });

  it('leaves the images of others alone', async () => {
    const others = Array.from({ length: 3 }, () => decoderOrder(resizer, 'sleep 600'));
    await sleep(300);
    expect(await codeOf(decoderOrder(resizer, 'die SIGSEGV'))).to.equal('corrupt-image');
    expect(await Promise.all(others)).to.deep.equal(['slept', 'slept', 'slept']);
  });

  it('is stopped when nobody waits for it any more, unless it ends soon by itself', async () => {
    const pid = Number(await decoderOrder(resizer, 'pid'));
    const left = new AbortController();
    const reason = new Error('the client has left');
    const soon = rejection(decoderOrder(resizer, 'sleep 60', left.signal));
    await turnOfTheLoop();
    left.abort(reason);
    expect(await soon).to.equal(reason);
    expect(Number(await decoderOrder(resizer, 'pid'))).to.equal(pid);

    const leftAgain = new AbortController();
    const never = rejection(decoderOrder(resizer, 'sleep 60000', leftAgain.signal));
    await turnOfTheLoop();
    leftAgain.abort(reason);
    expect(await never).to.equal(reason);
    expect(isRunning(pid)).to.equal(false);
  });

  it('is not stopped where its answer is there already, in a loop that was held up', async () => {
    const pid = await decoderOrder(resizer, 'pid');
    const left = new AbortController();
    const soon = rejection(decoderOrder(resizer, 'sleep 60', left.signal));
    await turnOfTheLoop();
    left.abort(new Error('the client has left'));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
    expect(await soon).to.have.property('message', 'the client has left');
    expect(await decoderOrder(resizer, 'pid')).to.equal(pid);
  });

  it('is stopped by close even as it is handed an image', async () => {
    const pid = Number(await decoderOrder(resizer, 'pid'));
    const waiting = rejection(decoderOrder(resizer, 'sleep 60000'));
    await resizer.close();
    expect(isRunning(pid)).to.equal(false);
    expect(await waiting).to.be.instanceOf(ThumbnailerError);
  });

  it('is stopped by close, whatever it does', async () => {
    const pids = [Number(await decoderOrder(resizer, 'pid'))];
    const spinning = rejection(decoderOrder(resizer, 'work 60000'));
    await turnOfTheLoop();
    await resizer.close();
    expect(await spinning).to.be.instanceOf(ThumbnailerError);
    expect(pids.map(isRunning)).to.deep.equal([false]);
    expect(await codeOf(decoderOrder(resizer, 'pid'))).to.equal('overloaded');
  });

  it('is ended by close where it hangs as it starts', async () => {
    const hanging = isolatedResizer({ program: stopped });
    const waiting = codeOf(decoderOrder(hanging, 'pid'));
    await sleep(500);
    const startedAt = performance.now();
    await hanging.close();
    // Sooner than by the time limit of a start.
    expect(performance.now() - startedAt).to.be.below(12_000);
    expect(await waiting).to.equal('overloaded');
  });

  it('has nothing of the environment, no network and no files, and is the first to be killed', async function () {
    if (!hasProc) this.skip();
    process.env['SECRET_OF_THE_SERVICE'] = 'hunter2';
    await using origin = await startOrigin();
    try {
      const environment = await decoderOrder(resizer, 'environment');
      expect(environment).to.include('UV_THREADPOOL_SIZE=2');
      expect(environment).not.to.include('hunter2');
      expect(environment).not.to.include('PATH=');
      const pid = await decoderOrder(resizer, 'pid');
      expect(await readFile(`/proc/${pid}/oom_score_adj`, 'utf8')).to.match(/^1000/);
      if (isInstalled('prlimit')) {
        expect(await decoderOrder(resizer, `connect ${new URL(origin.url('/')).port}`)).to.equal('EMFILE');
        expect(await decoderOrder(resizer, 'open /etc/passwd')).to.equal('EMFILE');
      }
    } finally {
      delete process.env['SECRET_OF_THE_SERVICE'];
    }
  });

  it('is overload where decoders die as they start, whatever of', async () => {
    await using broken = disposable(isolatedResizer({ program: crashing }));
    expect(await codeOf(decoderOrder(broken.resizer, 'pid'))).to.equal('overloaded');
    expect(await rejection(broken.resizer.warmUp())).to.have.property('message', 'a decoder did not start');
  });

  it('is overload where no decoder can be started', async () => {
    await using broken = disposable(isolatedResizer({ program: '/nowhere/decoder.ts' }));
    expect(await codeOf(decoderOrder(broken.resizer, 'pid'))).to.equal('overloaded');
    const failure = (await rejection(broken.resizer.warmUp())) as Error;
    expect(String(failure.cause)).to.match(/Cannot find module|exit code 1/);
  });
});

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await rejection(promise);
  return error instanceof ThumbnailerError ? error.code : String(error);
}

function disposable(resizer: IsolatedImageResizer) {
  return { resizer, [Symbol.asyncDispose]: () => resizer.close() };
}
