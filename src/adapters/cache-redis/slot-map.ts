import { type ServerAddress, isPort, serverAt } from '../../domain/cache/servers/server-address.ts';
import { SLOTS } from './key-slot.ts';

/** Which node of a cluster has which slots. */
export class SlotMap {
  readonly #nodes: readonly ServerAddress[];
  readonly #bySlot: (ServerAddress | undefined)[];

  private constructor(nodes: readonly ServerAddress[], bySlot: (ServerAddress | undefined)[]) {
    this.#nodes = nodes;
    this.#bySlot = bySlot;
  }

  /**
   * @param reply to CLUSTER SLOTS: ranges, each with the primary first and replicas behind it
   * @param asked the host that has answered, which is meant where none is named
   * @throws Error where it is none, or has no slot
   */
  static from(reply: unknown, asked: string): SlotMap {
    const nodes = new Map<string, ServerAddress>();
    const bySlot = new Array<ServerAddress | undefined>(SLOTS).fill(undefined);
    for (const [from, to, primary] of listOf(reply).map(listOf)) {
      const [host, port] = listOf(primary);
      const isRange = isSlot(from) && isSlot(to) && isPort(port);
      if (!isRange) throw new Error('the server does not say which slots the cluster has where');
      const found = serverAt(typeof host === 'string' && host !== '' ? host : asked, port);
      const node = nodes.get(found.text) ?? found;
      nodes.set(node.text, node);
      bySlot.fill(node, from, to + 1);
    }
    if (nodes.size === 0) throw new Error('the cluster has no slots');
    return new SlotMap([...nodes.values()], bySlot);
  }

  /** All that have slots. */
  get nodes(): readonly ServerAddress[] {
    return this.#nodes;
  }

  at(slot: number): ServerAddress | undefined {
    return this.#bySlot[slot];
  }

  /** The slot has another node, which may be new. */
  move(slot: number, node: ServerAddress): void {
    this.#bySlot[slot] = node;
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isSlot(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < SLOTS;
}
