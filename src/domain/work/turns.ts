/**
 * A queue in which the turn goes round between clients (round robin): a client's next item stands behind one item of each
 * other client, however many it has itself. The items of one client stay in their order. An item that several clients wait
 * for stands in the line of each, and is taken when it is the turn of any of them.
 */
export class Turns<T> {
  /** In the order of their turns; no line is empty. */
  readonly #lines = new Map<string, Set<T>>();
  readonly #clientsOf = new Map<T, Set<string>>();

  get size(): number {
    return this.#clientsOf.size;
  }

  has(item: T): boolean {
    return this.#clientsOf.has(item);
  }

  /** At the end of a client's line; it may stand in others' already. */
  add(item: T, client: string): void {
    push(this.#lines, client, item);
    push(this.#clientsOf, item, client);
  }

  /** False where it is not in the queue any more. Its clients keep their turns. */
  remove(item: T): boolean {
    const clients = this.#clientsOf.get(item);
    if (clients === undefined) return false;
    this.#clientsOf.delete(item);
    for (const client of clients) {
      const line = this.#lines.get(client);
      line?.delete(item);
      if (line?.size === 0) this.#lines.delete(client);
    }
    return true;
  }

  /** Takes an item out because a client's turn has come: that client goes to the end. */
  take(item: T, client: string): void {
    this.remove(item);
    const line = this.#lines.get(client);
    if (line === undefined) return;
    this.#lines.delete(client);
    this.#lines.set(client, line);
  }

  /** The first item of each client, in the order of their turns. */
  *firsts(): Generator<{ readonly client: string; readonly item: T }> {
    for (const [client, [item]] of this.#lines) if (item !== undefined) yield { client, item };
  }

  /**
   * The last item of the client that has most of them, and of these one that nobody else waits for, if there is one; of
   * several such clients, the one that came last.
   */
  lastOfTheLongest(): T | undefined {
    let longest = new Set<T>();
    for (const line of this.#lines.values()) if (line.size >= longest.size) longest = line;
    const lastFirst = [...longest].reverse();
    return lastFirst.find((item) => this.#clientsOf.get(item)?.size === 1) ?? lastFirst[0];
  }
}

function push<K, V>(sets: Map<K, Set<V>>, key: K, value: V): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([value]));
  else set.add(value);
}
