/**
 * What is under way, each thing from its `add` to its `remove`, in an array whose places are used again. A Set would say
 * the same in fewer words, but one that lives long and changes with every request moves from table to table, and while
 * a table that it has left waits for a full collection, V8 takes whatever came after that for alive too: at 15,000
 * requests a second each small collection then takes 15 ms instead of 0.2.
 */
export class UnderWay<T extends object> implements Iterable<T> {
  readonly #things: (T | undefined)[] = [];
  readonly #freePlaces: number[] = [];

  /** Returns its place. */
  add(thing: T): number {
    const place = this.#freePlaces.pop() ?? this.#things.length;
    this.#things[place] = thing;
    return place;
  }

  /** Does nothing where something else has that place by now. */
  remove(thing: T, place: number): void {
    if (this.#things[place] !== thing) return;
    this.#things[place] = undefined;
    this.#freePlaces.push(place);
  }

  /** In no particular order. */
  *[Symbol.iterator](): Iterator<T> {
    for (const thing of this.#things) if (thing !== undefined) yield thing;
  }
}
