import { readFileSync } from 'node:fs';

/** One that has ended and that nobody has asked about yet, a zombie, does not run. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
