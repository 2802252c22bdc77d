import { spawnSync } from 'node:child_process';
import type { Suite } from 'mocha';

/** A suite that needs what a machine may lack. Where that is missing, its title says why it is skipped. */
export function describeUnless(
  whyNot: string | undefined,
  title: string,
  tests: (this: Suite) => void,
): void {
  if (whyNot === undefined) describe(title, tests);
  else describe.skip(`${title} (skipped, ${whyNot})`, tests);
}

/** Which of these programs this machine lacks; undefined where it has them all. */
export function whyMissing(...programs: readonly string[]): string | undefined {
  const missing = programs.filter((program) => !isInstalled(program));
  return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`;
}

export function isInstalled(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0;
}
