import { stripVTControlCharacters } from 'node:util';
import { reasonOf } from './file-faults.ts';

/** What is printed arrives nowhere any more, and the reason has been told: a command that does nothing else may end. */
export class OutputLostError extends Error {
  override readonly name = 'OutputLostError';
}

let isLost = false;

/** Lets commands go on where standard output cannot be written any more. Without it, that would be a defect of the process. */
export function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (isLost) return;
    isLost = true;
    // A reader that has left, as `head` does, has seen what it wanted.
    if (error.code === 'EPIPE') return;
    process.stderr.write(`thumbnailer: The output can't be written. ${reasonOf(error)}\n`);
    process.exitCode = Math.max(1, Number(process.exitCode ?? 0));
  });
  // Nobody is left who could be told.
  process.stderr.on('error', () => undefined);
}

/** A line on standard output. @throws OutputLostError where the ones before did not arrive */
export function print(text: string): void {
  if (isLost) throw new OutputLostError();
  process.stdout.write(`${text}\n`);
}

/** A line on standard error, `readable`. */
export function complain(text: string): void {
  process.stderr.write(`${readable(text)}\n`);
}

/**
 * Names of files, lines of a log and answers of servers may try to steer the terminal, if only by going back to the beginning
 * of the line.
 */
export function readable(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/\p{Cc}+/gu, ' ');
}
