/** What waits in a queue, and for which client. */
export interface Queued {
  readonly client: string;
}

/**
 * A queue in which the turn goes round between clients (round robin): a client's next item stands behind one item of each
 * other client, however many it has itself. The items of one client stay in their order.
 */
export class Turns<T extends Queued> {
  /** In the order of their turns; no line is empty. */
  readonly #lines = new Map<string, Set<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(item: T): boolean {
    return this.#lines.get(item.client)?.has(item) === true;
  }

  add(item: T): void {
    const line = this.#lines.get(item.client);
    if (line === undefined) this.#lines.set(item.client, new Set([item]));
    else line.add(item);
    this.#size += 1;
  }

  /** False where it is not in the queue any more. Its client keeps its turn. */
  remove(item: T): boolean {
    const line = this.#lines.get(item.client);
    if (line?.delete(item) !== true) return false;
    this.#size -= 1;
    if (line.size === 0) this.#lines.delete(item.client);
    return true;
  }

  /** Takes an item out because its turn has come: its client goes to the end. */
  take(item: T): void {
    this.remove(item);
    const line = this.#lines.get(item.client);
    if (line === undefined) return;
    this.#lines.delete(item.client);
    this.#lines.set(item.client, line);
  }

  /** The first item of each client, in the order of their turns. */
  *firsts(): Generator<T> {
    for (const line of this.#lines.values()) {
      const [first] = line;
      if (first !== undefined) yield first;
    }
  }

  /** The last item of the client that has most of them; of several such clients, the one that came last. */
  lastOfTheLongest(): T | undefined {
    let longest: Set<T> | undefined;
    for (const line of this.#lines.values()) if (line.size >= (longest?.size ?? 0)) longest = line;
    return longest === undefined ? undefined : [...longest].at(-1);
  }
}
