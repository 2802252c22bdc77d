import type { Options } from './options.ts';
import { Generators } from './load/generators.ts';
import { Origin, type OriginPace } from './origin.ts';
import type { Recorder } from './recorder.ts';
import { type Scale, scaleOf } from './scale.ts';
import { madeSources, type Source, sourcesAt, sourcesOf } from './sources.ts';
import { deployment, ownService, type Subject } from './subject.ts';

/** What every part measures with. */
export class Bench {
  readonly options: Options;
  readonly scale: Scale;
  readonly recorder: Recorder;
  /** Aborts when somebody wants it to stop; kills every process that was started. */
  readonly signal: AbortSignal;
  readonly #say: (text: string) => void;
  #sources: Promise<readonly Source[]> | undefined;

  constructor(
    options: Options,
    {
      recorder,
      signal,
      say,
    }: { readonly recorder: Recorder; readonly signal: AbortSignal; readonly say: (text: string) => void },
  ) {
    this.options = options;
    this.scale = scaleOf(options);
    this.recorder = recorder;
    this.signal = signal;
    this.#say = say;
  }

  /** Whether the service runs on this machine, where floors can run beside it. */
  get isLocal(): boolean {
    return this.options.testUrl === undefined;
  }

  get pace(): OriginPace {
    const { originDelayMs, originBytesPerSecond } = this.options;
    return { delayMs: originDelayMs, bytesPerSecond: originBytesPerSecond };
  }

  /** Read or made when the first part asks for them. */
  async sources(): Promise<readonly Source[]> {
    return (this.#sources ??= this.#findSources());
  }

  /** None where no part has asked for them. */
  async sourcesRead(): Promise<readonly Source[]> {
    return (await this.#sources) ?? [];
  }

  /** Serves them, with the delay and bandwidth that the user wants. */
  async startOrigin(sources: readonly Source[]): Promise<Origin> {
    return Origin.start(sources, this.pace, this.signal);
  }

  /** With these settings, and over them those that the user has set. A deployment is what it is. */
  async startService(label: string, settings: Readonly<Record<string, string>> = {}): Promise<Subject> {
    const { options, recorder, signal, scale } = this;
    if (options.testUrl !== undefined) return deployment(options.testUrl);
    const environment = { ...settings, ...options.settings };
    return ownService({ label, environment, recorder, settleSeconds: scale.settleSeconds, signal });
  }

  /** @param atLeast so many processes, where they have time to spare */
  startGenerators(atLeast = 1): Generators {
    const { generators, seed } = this.options;
    return new Generators(Math.max(atLeast, generators), seed, this.signal);
  }

  async #findSources(): Promise<readonly Source[]> {
    const { sources: folder, urls } = this.options;
    const sources = await this.#read(folder, urls);
    this.#say('');
    for (const { name, bytes, width, height, kind, sha256 } of sources) {
      const megapixels = ((width * height) / 1e6).toFixed(1);
      const kib = (bytes.length / 1024).toFixed(0);
      this.#say(
        `${name.padEnd(22)}${megapixels.padStart(6)} MP${kib.padStart(7)} KiB  ${kind.padEnd(12)}${sha256.slice(0, 16)}`,
      );
    }
    this.#say('');
    return sources;
  }

  #read(folder: string | undefined, urls: string | undefined): Promise<Source[]> {
    if (urls !== undefined) return sourcesAt(urls, this.#say, this.signal);
    return folder === undefined ? madeSources(this.#say) : sourcesOf(folder, this.#say);
  }
}

/** A part: measures, and records what it has found. */
export type Part = (bench: Bench) => Promise<void>;
