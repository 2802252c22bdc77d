import { raceSignal } from '../../domain/work/race.ts';
import type { Confinement } from './confinement.ts';
import { Decoder } from './decoder.ts';
import type { DecoderProgram } from './start-decoder.ts';

/** When a decoder is renewed: what images leave in an allocator's memory goes back to the system with the process alone. */
export interface Renewal {
  /** After so many images. */
  readonly maxImages: number;
  /** When it holds more than this between two images. */
  readonly maxBytesAtRest: number;
  /** When it has had nothing to do for so long, in milliseconds, and holds more than a fresh one does. */
  readonly idleMs: number;
  readonly freshBytes: number;
}

const START_ATTEMPTS = 3;

/** The part of the memory of all decodes from which on one is most of it. */
const MOST_OF_ALL = 0.5;

/** A start that fails later than that has hung. */
const RETRY_STARTS_MS = 5000;

export interface DecoderPoolOptions extends Confinement {
  readonly program: DecoderProgram;
  /** The most decoders that there are, but for more images at once than that. */
  readonly most: number;
  readonly renewal: Renewal;
  /** Whether none is started ahead of need, and none is kept that has had nothing to do. */
  readonly isRarelyNeeded?: boolean;
  /** Told where an image needs most of the memory of all decodes: other pools may give back what they hold. */
  readonly onLargeImage?: (() => void) | undefined;
  /** Told once, where this system sets not all limits on processes: why it does not. */
  readonly onUnconfined?: ((failures: readonly string[]) => void) | undefined;
}

/**
 * Decoders, started as they are needed, and one ahead of need while there are not as many as may be: so that neither an image
 * that kills its decoder nor the renewal of one costs the next image a start. How many work at once is decided by who asks
 * for them.
 */
export class DecoderPool {
  readonly #options: DecoderPoolOptions;
  readonly #renewal: Renewal;
  /** The one that was used last is the last. */
  readonly #idle: Decoder[] = [];
  readonly #busy = new Set<Decoder>();
  #starting: Promise<void> | undefined;
  readonly #sweep: NodeJS.Timeout;
  /** How many limits of the kernel the last one has; undefined until the first has started. */
  #limits: number | undefined;
  readonly #closing = new AbortController();
  /** The first image of all is not kept waiting for the processor by the start of a second decoder. */
  #hasWorked = false;

  constructor(options: DecoderPoolOptions) {
    this.#options = options;
    this.#renewal = options.renewal;
    this.#sweep = setInterval(() => this.#endIdle(), this.#renewal.idleMs / 2).unref();
  }

  /** Resolves once there is an idle decoder. Rejects where none can be started. */
  async warmUp(): Promise<void> {
    while (this.#nextIdle() === undefined) await this.#startOne();
  }

  /**
   * Lets `work` have a decoder for itself. The signal ends the wait for one. Where the work needs most of what all may, the
   * decoders at rest give back what they hold.
   */
  async use<T>(
    { signal, neededBytes }: { readonly signal: AbortSignal; readonly neededBytes: number },
    work: (decoder: Decoder) => Promise<T>,
  ): Promise<T> {
    const decoder = await this.#take(signal);
    if (neededBytes > this.#options.maxBytes * MOST_OF_ALL) {
      this.giveBackMemory();
      this.#options.onLargeImage?.();
    }
    if (this.#hasWorked) this.#startAhead();
    try {
      return await work(decoder);
    } finally {
      this.#hasWorked = true;
      this.#busy.delete(decoder);
      await this.#giveBack(decoder);
    }
  }

  /** Ends those at rest that hold more than fresh ones. */
  giveBackMemory(): void {
    for (const decoder of this.#idle.filter(({ bytesAtRest }) => bytesAtRest > this.#renewal.freshBytes)) {
      this.#end(decoder);
    }
  }

  /** Kills all of them, whatever they do. */
  async close(): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#sweep);
    const all = [...this.#idle.splice(0), ...this.#busy];
    await Promise.all([this.#starting?.catch(() => undefined), ...all.map((decoder) => decoder.kill())]);
    // One that became ready meanwhile.
    await Promise.all(this.#idle.splice(0).map((decoder) => decoder.kill()));
  }

  /** One that counts as busy from now on, so that `close` finds it. */
  async #take(signal: AbortSignal): Promise<Decoder> {
    for (;;) {
      signal.throwIfAborted();
      const decoder = this.#closing.signal.aborted ? undefined : this.#nextIdle();
      if (decoder !== undefined) {
        this.#idle.pop();
        this.#busy.add(decoder);
        return decoder;
      }
      await raceSignal(this.#startOne(), signal);
    }
  }

  /** The one that was used last, whose memory is warm. One that has died at rest is forgotten. */
  #nextIdle(): Decoder | undefined {
    while (this.#idle.at(-1)?.isAlive === false) this.#idle.pop();
    return this.#idle.at(-1);
  }

  async #giveBack(decoder: Decoder): Promise<void> {
    const { maxImages, maxBytesAtRest } = this.#renewal;
    const isWorn = decoder.images >= maxImages || decoder.bytesAtRest > maxBytesAtRest;
    if (decoder.isAlive && !isWorn && !this.#closing.signal.aborted) {
      decoder.idleSince = performance.now();
      this.#idle.push(decoder);
      return;
    }
    this.#startAhead();
    await decoder.kill();
  }

  /** After a burst one decoder is enough, and one that has grown makes place for a new one. */
  #endIdle(): void {
    const { idleMs, freshBytes } = this.#renewal;
    const before = performance.now() - idleMs;
    // The one that was used last comes last, and stays where no other has been used since.
    for (const decoder of this.#idle.filter(({ idleSince }) => idleSince < before)) {
      const isKept = this.#idle.length === 1 && this.#options.isRarelyNeeded !== true;
      if (isKept && decoder.bytesAtRest <= freshBytes) break;
      this.#end(decoder);
    }
    this.#startAhead();
  }

  /** Of one at rest. */
  #end(decoder: Decoder): void {
    this.#idle.splice(this.#idle.indexOf(decoder), 1);
    void decoder.kill();
  }

  /** One after another: a start is processor time that images want, too. */
  #startOne(): Promise<void> {
    this.#starting ??= this.#startPatiently().finally(() => (this.#starting = undefined));
    return this.#starting;
  }

  /** One that dies as it starts may have been unlucky; three mean that it cannot be, and so does one that hangs. */
  async #startPatiently(): Promise<void> {
    const lastAt = performance.now() + RETRY_STARTS_MS;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#start();
        return;
      } catch (error) {
        const isLast = attempt === START_ATTEMPTS || performance.now() > lastAt;
        if (isLast || this.#closing.signal.aborted) throw error;
      }
    }
  }

  async #start(): Promise<void> {
    if (this.#closing.signal.aborted) throw new Error('the decoders are closed');
    const { program, maxBytes, drawsText } = this.#options;
    const confinement = { maxBytes, drawsText };
    const decoder = await Decoder.start(program, confinement, this.#closing.signal);
    const { limits, failures } = decoder.confined;
    if (limits < (this.#limits ?? 0)) {
      // What worked before fails for now, as descriptors or processes run out: no reason to go on without limits.
      await decoder.kill();
      throw new Error(`a decoder could not be confined: ${failures.join('; ')}`);
    }
    if (this.#limits === undefined && failures.length > 0) this.#options.onUnconfined?.(failures);
    this.#limits = limits;
    this.#idle.push(decoder);
  }

  /** Where this fails, an image that needs the decoder tries again, and is told. */
  #startAhead(): void {
    if (this.#closing.signal.aborted || this.#nextIdle() !== undefined) return;
    if (this.#options.isRarelyNeeded === true) return;
    if (this.#busy.size >= this.#options.most) return;
    this.#startOne().catch(() => undefined);
  }
}
