import { problemOf } from './check-answer.ts';
import type { Answer } from './http-connection.ts';
import type { CollectedAnswer, LoadPlan, LoadResult } from './plan.ts';

const PROBLEMS_SHOWN = 5;
/** With more, something is broken, and there is nothing to be measured. */
const PROBLEMS_BORNE = 50;

/** Checks and counts the answers of one generator. */
export class Tally {
  readonly #plan: LoadPlan;
  readonly #startedAt = performance.now();
  readonly #startedCpu = process.cpuUsage();
  readonly #latencies = new Map<number, number[]>();
  readonly #numbers: number[] = [];
  readonly #problems: string[] = [];
  readonly #answers: CollectedAnswer[] = [];
  #problemCount = 0;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
  }

  get isHopeless(): boolean {
    return this.#problemCount >= PROBLEMS_BORNE;
  }

  add(index: number, answer: Answer, durationMs: number): void {
    const { status, head, body } = answer;
    const of = this.#latencies.get(status);
    if (of === undefined) this.#latencies.set(status, [durationMs]);
    else of.push(durationMs);
    const expected = this.#plan.requests[index]?.expected;
    if (expected === undefined) return;
    const problem = problemOf(answer, expected);
    if (problem !== undefined) this.addProblem(index, problem);
    else if (expected.number !== undefined) this.#addNumber(index, expected.number, body);
    if (this.#plan.collect) this.#answers.push({ index, status, head, body: Uint8Array.from(body) });
  }

  addProblem(index: number, problem: string): void {
    this.#problemCount += 1;
    const line = this.#plan.requests[index]?.text.split('\r\n', 1)[0] ?? '';
    if (this.#problems.length < PROBLEMS_SHOWN) this.#problems.push(`${problem} (${line})`);
  }

  result(): LoadResult {
    const { user, system } = process.cpuUsage(this.#startedCpu);
    const latencies = [...this.#latencies].map(
      ([status, list]) => [status, Float64Array.from(list)] as const,
    );
    return {
      elapsedMs: performance.now() - this.#startedAt,
      latenciesMs: new Map(latencies),
      numbers: Float64Array.from(this.#numbers),
      problems: this.#problems,
      problemCount: this.#problemCount,
      answers: this.#answers,
      cpuMs: (user + system) / 1000,
    };
  }

  #addNumber(index: number, pattern: string, body: Buffer): void {
    const number = new RegExp(pattern).exec(body.toString())?.[1];
    if (number === undefined) this.addProblem(index, `nothing in the body is like ${pattern}`);
    else this.#numbers.push(Number(number));
  }
}
