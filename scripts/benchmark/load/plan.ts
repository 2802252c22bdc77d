/** What a load generator is told, and what it tells. Sent between processes, so plain data throughout. */

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

export interface LoadRequest {
  /** The whole request as it goes over the wire, in Latin-1. */
  readonly text: string;
  readonly expected: Expectation;
}

/** What an answer has to be; one that is not is a problem, and fails the run. */
export interface Expectation {
  readonly statuses: readonly number[];
  /** By its Cache-Status; of answers with a status of 200 or 304. */
  readonly cache?: 'hit' | 'miss';
  /** The very bytes. */
  readonly body?: Uint8Array;
  readonly etag?: string;
  readonly image?: ExpectedImage;
  /** A text in the body. */
  readonly includes?: string;
  /** A regular expression, whose first group is a number in the body that is reported. */
  readonly number?: string;
}

export interface ExpectedImage {
  readonly format: 'jpeg' | 'webp';
  readonly width: number;
  readonly height: number;
}

export interface LoadPlan {
  readonly target: Target;
  readonly requests: readonly LoadRequest[];
  readonly mode: ClosedLoop | OpenLoop;
  /** Of the order; undefined is the order that is given. */
  readonly seed: number | undefined;
  /** Whether to hand back the answers themselves. */
  readonly collect: boolean;
}

/** So many connections, each of which asks again as soon as it is answered: until time is up, or once for each request. */
export interface ClosedLoop {
  readonly kind: 'closed';
  readonly concurrency: number;
  readonly seconds: number | undefined;
}

/** Requests come when they come, at this rate on average, whether or not those before are answered. */
export interface OpenLoop {
  readonly kind: 'open';
  readonly perSecond: number;
}

export interface LoadResult {
  readonly elapsedMs: number;
  /** Of all answers with this status; with an open loop from when the request was due. */
  readonly latenciesMs: ReadonlyMap<number, Float64Array>;
  readonly numbers: Float64Array;
  readonly problems: readonly string[];
  readonly problemCount: number;
  readonly answers: readonly CollectedAnswer[];
  /** Processor milliseconds of the generator itself. */
  readonly cpuMs: number;
}

export interface CollectedAnswer {
  readonly index: number;
  readonly status: number;
  readonly head: string;
  readonly body: Uint8Array;
}
