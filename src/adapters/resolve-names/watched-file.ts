import { readFileSync, statSync } from 'node:fs';

/** How long a file is taken to be what it was. */
const CHECK_INTERVAL_MS = 1000;

/**
 * What a small file of the system says, read again once it has changed. It is read synchronously: that takes some
 * microseconds, where reading by libuv's pool might wait behind decodes.
 */
export class WatchedFile<T> {
  readonly #path: string;
  readonly #parse: (text: string) => T;
  #value: T | undefined;
  #version: string | undefined;
  #checkedAt = -Infinity;

  /** @param parse is handed an empty text where the file cannot be read */
  constructor(path: string, parse: (text: string) => T) {
    this.#path = path;
    this.#parse = parse;
  }

  /** The same object until the file changes. */
  read(): T {
    const now = performance.now();
    if (this.#value !== undefined && now - this.#checkedAt < CHECK_INTERVAL_MS) return this.#value;
    this.#checkedAt = now;
    const version = this.#stamp();
    if (this.#value === undefined || version !== this.#version) {
      this.#version = version;
      this.#value = this.#parse(this.#text());
    }
    return this.#value;
  }

  #stamp(): string {
    try {
      const { ino, size, mtimeMs } = statSync(this.#path);
      return `${ino} ${size} ${mtimeMs}`;
    } catch {
      return 'missing';
    }
  }

  #text(): string {
    try {
      return readFileSync(this.#path, 'utf8');
    } catch {
      return '';
    }
  }
}
