/** What a `Writable` has for it. */
interface Corkable {
  readonly writableCorked: number;
  cork(): void;
  uncork(): void;
}

/** Before a write: what is asked in one turn of the event loop goes out in one call, instead of one each. */
export function gatherWrites(stream: Corkable): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  setImmediate(() => stream.uncork());
}
