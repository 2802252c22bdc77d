/** What a floor answers: as the service has answered the same request before. */
export interface StoredAnswer {
  /** Method, path and query, as `GET /thumbnail?size=64&…`. */
  readonly request: string;
  readonly body: Uint8Array;
  readonly type: string;
  readonly etag: string;
}

export interface FloorOptions {
  readonly answers: readonly StoredAnswer[];
  /** Where there is one behind it: `host:port`. */
  readonly cacheServer: string;
}

/** @returns the port that it listens on */
export interface FloorHandlers {
  readonly listen: (options: FloorOptions) => Promise<number>;
}
