/** What may stand before a version is raised: the part that it raises, or the version itself. */
const PARTS = ['major', 'minor', 'patch'];

const VERSION = /^(\d+)\.(\d+)\.(\d+)$/;

/**
 * @param wanted `major`, `minor`, `patch`, or a version above the current one
 * @throws Error with one sentence, where it is neither
 */
export function nextVersion(current: string, wanted: string): string {
  const numbers = numbersOf(current);
  const part = PARTS.indexOf(wanted);
  if (part >= 0) return numbers.map((n, index) => (index < part ? n : index === part ? n + 1 : 0)).join('.');
  if (!VERSION.test(wanted))
    throw new Error(
      `expected major, minor, patch or a version such as 1.2.3; found ${JSON.stringify(wanted)}.`,
    );
  if (!isAbove(numbersOf(wanted), numbers)) throw new Error(`${wanted} is not above ${current}.`);
  return wanted;
}

function numbersOf(version: string): number[] {
  return version.split('.').map(Number);
}

function isAbove(these: readonly number[], those: readonly number[]): boolean {
  const differing = these.findIndex((n, index) => n !== those[index]);
  return differing >= 0 && (these[differing] ?? 0) > (those[differing] ?? 0);
}
