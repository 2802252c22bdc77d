import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { freeMemory } from '../../domain/work/process-memory.ts';
import { type Confined, type Confinement, confine } from './confinement.ts';
import { type Frame, FrameReader, type OutgoingFrame, piecesOf } from './frames.ts';
import type { DecodeJob, DecodeReply, Identified } from './messages.ts';
import { type DecoderProgram, startDecoder } from './start-decoder.ts';
import { type Usage, UsageMeter } from './usage.ts';
import { type DecodeBounds, type Verdict, watchDecode } from './watch.ts';

const START_TIMEOUT_MS = 15_000;

/** What a decoder says at its end is told at most so far: a stack, or the allocator's last words. */
const LAST_WORDS_BYTES = 4096;

/** A new decoder costs some 200 ms of processor time. A decode that nobody waits for may take as much to end by itself. */
const ABANDONED_MS = 250;

/** Why a decoder ended while it worked on an image. */
export class DecoderEnded extends Error {
  /** Undefined where it was not the service that ended it. */
  readonly verdict: Verdict | 'closed' | undefined;
  /** That it died of, where it was one. */
  readonly signal: NodeJS.Signals | null;

  constructor(verdict: DecoderEnded['verdict'], child: ChildProcess, lastWords: string) {
    const { exitCode, signalCode } = child;
    super(`a decoder ended: ${verdict ?? signalCode ?? `exit code ${exitCode}`}\n${lastWords}`.trim());
    this.verdict = verdict;
    this.signal = signalCode;
  }
}

/** One child process, which works on one image at a time. */
export class Decoder {
  readonly pid: number;
  /** Images so far. */
  images = 0;
  /** The limits that the kernel holds it to. */
  confined: Confined = { limits: 0, failures: [] };
  /** When it was last given back, by the clock of `performance`; set by its pool. */
  idleSince = performance.now();
  readonly #child: ChildProcess;
  readonly #channel: Socket;
  readonly #reader = new FrameReader<Identified<DecodeReply>>((reply) => this.#onReply?.(reply));
  /** At rest they keep nobody's process alive. */
  readonly #handles: readonly { ref(): unknown; unref(): unknown }[];
  readonly #ended: Promise<unknown>;
  #hasEnded = false;
  readonly #meter: UsageMeter;
  /** Between two images. */
  #atRest: Usage | undefined;
  #lastWords = '';
  #verdict: Verdict | 'closed' | undefined;
  /** Told of an answer, or that there will be none. */
  #onReply: ((reply: Frame<Identified<DecodeReply>> | undefined) => void) | undefined;

  private constructor(child: ChildProcess, pid: number) {
    this.#child = child;
    this.pid = pid;
    const [, , stderr, channel] = child.stdio;
    this.#channel = channel as Socket;
    this.#handles = [child, this.#channel, stderr as Socket];
    this.#meter = new UsageMeter(pid);
    this.#ended = new Promise((resolve) => child.once('close', resolve));
    child.once('close', () => {
      this.#hasEnded = true;
      this.#meter[Symbol.dispose]();
      this.#onReply?.(undefined);
    });
    child.on('error', () => undefined);
    this.#channel.on('data', (chunk: Buffer) => this.#read(chunk));
    // What goes wrong on the channel is the end of the process, which is told once, as that.
    this.#channel.on('error', () => undefined);
    stderr?.on('data', (text: Buffer) => {
      this.#lastWords = (this.#lastWords + text.toString('latin1')).slice(-LAST_WORDS_BYTES);
    });
  }

  /**
   * Resolves once it is ready for an image. Rejects where it cannot be started, or ends before it is ready, as it does
   * when the signal aborts.
   */
  static async start(
    program: DecoderProgram,
    confinement: Confinement,
    signal: AbortSignal,
  ): Promise<Decoder> {
    const child = startDecoder(program);
    if (child.pid === undefined) {
      const [error] = (await once(child, 'error')) as [Error];
      throw error;
    }
    const decoder = new Decoder(child, child.pid);
    using held = new DisposableStack();
    held.adopt(
      setTimeout(() => decoder.#end('stalled'), START_TIMEOUT_MS),
      clearTimeout,
    );
    held.use(onceAbortedFor(0, signal, () => decoder.#end('closed')));
    try {
      await decoder.#reply();
      decoder.confined = await confine(child.pid, confinement);
      // What has gone can have no limits, which says nothing of the system.
      if (!decoder.isAlive) throw new Error('it ended while limits were set');
      decoder.#atRest = decoder.#meter.read();
      return decoder;
    } catch (cause) {
      // It has seen no image: nothing that it died of is an image's fault.
      decoder.#end('closed');
      throw new Error('a decoder did not start', { cause });
    }
  }

  get isAlive(): boolean {
    const { exitCode, killed, signalCode } = this.#child;
    return !killed && exitCode === null && signalCode === null;
  }

  /** What it has held since its last image, in bytes; zero where the system does not tell. */
  get bytesAtRest(): number {
    return this.#atRest?.ownBytes ?? 0;
  }

  /**
   * Works on one image. Once nobody waits for it, it has a moment to end, and is killed then; the promise settles when
   * that is done, too.
   *
   * @throws DecoderEnded where the process ended before it had an answer; the signal's reason where that aborts
   */
  async run(
    job: OutgoingFrame<DecodeJob>,
    bounds: DecodeBounds,
    signal: AbortSignal,
  ): Promise<Frame<Identified<DecodeReply>>> {
    signal.throwIfAborted();
    this.images += 1;
    using held = new DisposableStack();
    held.use(watchDecode(this.#meter, this.#atRest, bounds, (verdict) => this.#end(verdict)));
    held.use(onceAbortedFor(ABANDONED_MS, signal, () => this.#end('closed')));
    const id = this.images;
    // An answer that is longer could not have been made within the bounds.
    this.#reader.maxBodyBytes = bounds.maxBytes;
    const reply = this.#reply();
    this.#send({ head: { ...job.head, id }, body: job.body });
    try {
      const answered = await reply;
      if (answered.head.id !== id) throw this.#broken(`an answer to job ${answered.head.id}, not ${id}`);
      // What is still to be sent is sent from the image's memory, in which the next image may be soon.
      if (this.#channel.writableLength > 0) throw this.#broken('an answer ahead of the end of its job');
      // One that lacks something now will lack it for the next image, too.
      if (answered.head.kind === 'failure' && answered.head.code === 'overloaded') this.#end('closed');
      return answered;
    } finally {
      this.#atRest = this.#meter.read();
      signal.throwIfAborted();
    }
  }

  /** Ends the process at once, whatever it does; resolves when it is gone. May be called twice. */
  async kill(): Promise<void> {
    for (const handle of this.#handles) handle.ref();
    this.#end('closed');
    await this.#ended;
  }

  /** In one write, as the decoder is woken by each. */
  #send(frame: OutgoingFrame<Identified<DecodeJob>>): void {
    this.#channel.cork();
    for (const piece of piecesOf(frame)) this.#channel.write(piece);
    this.#channel.uncork();
  }

  /** Not a race with `#ended`, which would keep all answers, images and all, for as long as the process runs. */
  async #reply(): Promise<Frame<Identified<DecodeReply>>> {
    const { promise, resolve } = Promise.withResolvers<Frame<Identified<DecodeReply>> | undefined>();
    this.#onReply = resolve;
    if (this.#hasEnded) resolve(undefined);
    for (const handle of this.#handles) handle.ref();
    const reply = await promise;
    for (const handle of this.#handles) handle.unref();
    this.#onReply = undefined;
    if (reply !== undefined) return reply;
    throw new DecoderEnded(this.#verdict, this.#child, this.#lastWords);
  }

  /** A decoder that does not keep to the protocol is no decoder of ours any more. */
  #read(chunk: Buffer): void {
    try {
      this.#reader.read(chunk);
      // It was copied.
      freeMemory(chunk);
    } catch (error) {
      this.#broken(String(error));
    }
  }

  #broken(why: string): DecoderEnded {
    this.#lastWords += `\n${why}`;
    this.#child.kill('SIGKILL');
    return new DecoderEnded(undefined, this.#child, this.#lastWords);
  }

  #end(verdict: Verdict | 'closed'): void {
    this.#verdict ??= verdict;
    this.#child.kill('SIGKILL');
  }
}

/** Calls `then` so long after the signal has aborted, unless it is disposed of before. */
function onceAbortedFor(milliseconds: number, signal: AbortSignal, then: () => void): Disposable {
  let timer: NodeJS.Timeout | undefined;
  // In a loop that was held up, timers come before the answer that is there already.
  const onTime = () => setImmediate(() => timer !== undefined && then());
  const onAbort = () => (timer = setTimeout(onTime, milliseconds));
  signal.addEventListener('abort', onAbort, { once: true });
  return {
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      timer = undefined;
      signal.removeEventListener('abort', onAbort);
    },
  };
}
