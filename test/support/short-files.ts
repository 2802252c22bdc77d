import { prefixJudgeFor, shortFileOf, type Verdict } from '../../src/domain/image/source-prefix.ts';

type Need = Parameters<typeof prefixJudgeFor>[0];

/** What the judge says in the end of a file whose length nobody has announced. */
export function verdictOn(file: Buffer, need: Need): Verdict {
  return prefixJudgeFor(need).judge(file, undefined);
}

/** What the judge says of a file that comes in pieces that end at these places, and how much had come when it said so. */
export function verdictOnPieces(
  file: Buffer,
  need: Need,
  ends: Iterable<number>,
): { readonly verdict: Verdict; readonly receivedBytes: number } {
  const judge = prefixJudgeFor(need);
  for (const end of ends) {
    const verdict = judge.judge(file.subarray(0, end), undefined);
    if (verdict.kind !== 'more') return { verdict, receivedBytes: end };
  }
  return { verdict: judge.judge(file, undefined), receivedBytes: file.length };
}

/** The short file that is enough for a thumbnail; undefined where the whole is needed. */
export function shortFileFrom(file: Buffer, need: Need): Buffer | undefined {
  const verdict = verdictOn(file, need);
  if (verdict.kind !== 'enough') return undefined;
  const room = Buffer.alloc(Math.max(file.length, verdict.length));
  file.copy(room);
  return Buffer.from(shortFileOf(room, verdict));
}
