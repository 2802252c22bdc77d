import type { Bench } from '../bench.ts';
import { HitFloor, type HitFloorKind } from '../floors/hit-floor.ts';
import type { StoredAnswer } from '../floors/stored-answers.ts';
import type { Generators } from '../load/generators.ts';
import type { CollectedAnswer, LoadRequest, LoadResult } from '../load/plan.ts';
import { type Measured, measure } from '../measure.ts';
import type { Subject } from '../subject.ts';

/** Makes requests that have been answered before, of the service and of floors that answer the same. */
export class HitRig {
  readonly bench: Bench;
  readonly #generators: Generators;

  constructor(bench: Bench, generators: Generators) {
    this.bench = bench;
    this.#generators = generators;
  }

  /**
   * Asks for each twice: the first answers are misses, and those to the second request, hits, are handed back. What a
   * deployment has in its several caches is its own business.
   */
  async fill(
    what: string,
    subject: Subject,
    requests: readonly LoadRequest[],
  ): Promise<readonly CollectedAnswer[]> {
    const { recorder, isLocal } = this.bench;
    const ask = async (cache: Pick<LoadRequest['expected'], 'cache'>) => {
      const expecting = requests.map((each) => ({ ...each, expected: { ...each.expected, ...cache } }));
      const { answers, result } = await this.#generators.answers(subject.target, expecting);
      recorder.checked(`${what}, filling`, result);
      return answers;
    };
    const misses = await ask(isLocal ? { cache: 'miss' } : {});
    const hits = await ask({ cache: 'hit' });
    const changed = misses.filter(({ body }, at) => Buffer.compare(body, hits[at]?.body ?? body) !== 0);
    if (changed.length > 0) recorder.addFault(`${what}: ${changed.length} hits are not what was made`);
    return hits;
  }

  async startFloor(
    kind: HitFloorKind,
    answers: readonly StoredAnswer[],
    cacheServer = '',
  ): Promise<HitFloor> {
    return HitFloor.start(kind, { answers, cacheServer }, this.bench.signal);
  }

  /** Over and over. */
  async drive(
    what: string,
    { target, pid }: Pick<Subject, 'target' | 'pid'>,
    requests: readonly LoadRequest[],
    { concurrency, seconds }: { readonly concurrency: number; readonly seconds: number },
  ): Promise<Measured & Pick<LoadResult, 'numbers'>> {
    const mode = { kind: 'closed', concurrency, seconds } as const;
    let numbers: Float64Array = new Float64Array();
    const measured = await measure(pid, async () => {
      const result = await this.#generators.during({ target, requests, mode });
      ({ numbers } = this.bench.recorder.checked(what, result));
      return result;
    });
    return { ...measured, numbers };
  }
}

/** What a floor needs to answer as the service did. */
export function stored(request: LoadRequest, { head, body }: CollectedAnswer): StoredAnswer {
  const [line = ''] = request.text.split(' HTTP/1.1', 1);
  return { request: line, body, type: field(head, 'content-type'), etag: field(head, 'etag') };
}

export function field(head: string, name: string): string {
  return new RegExp(`\\r\\n${name}: *([^\\r]*)`, 'i').exec(head)?.[1] ?? '';
}
