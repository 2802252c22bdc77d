import { type ICruiseResult, cruise } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import extractTsConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { fileURLToPath } from 'node:url';

export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

const rules = await extractDepcruiseOptions(`${PROJECT}.dependency-cruiser.js`);
const tsConfig: unknown = extractTsConfig(`${PROJECT}tsconfig.json`);

/** Where there is TypeScript of ours. */
export const FOLDERS = ['src', 'scripts', 'test'];

/** The names of all rules, in their order. */
export const RULE_NAMES = (rules.ruleSet?.forbidden ?? []).map(({ name }) => name ?? '');

/** Holds all TypeScript in this folder to the project's rules. */
export async function cruiseSources(folder: string): Promise<ICruiseResult> {
  // The planted folder borrows node_modules through a link, and what is behind it belongs to the folder.
  const options = { ...rules, baseDir: folder, preserveSymlinks: true };
  const { output } = await cruise(FOLDERS, options, undefined, { tsConfig });
  if (typeof output === 'string') throw new Error(output);
  return output;
}
