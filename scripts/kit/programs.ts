import { resolve } from 'node:path';

/**
 * Where TESTED_BUNDLE names a folder that scripts/bundle.ts has filled, the programs are those of the container image. Most
 * of what the start of a process takes is the loading of the sources, and the tests start hundreds.
 */
const bundle = process.env['TESTED_BUNDLE'];

/** The file that runs the service. */
export const MAIN = bundled('main.js') ?? new URL('../../src/main.ts', import.meta.url).pathname;
/** The file that runs the command `thumbnailer`. */
export const CLI = bundled('cli.js') ?? new URL('../../src/cli.ts', import.meta.url).pathname;

function bundled(name: string): string | undefined {
  return bundle === undefined ? undefined : resolve(import.meta.dirname, '../..', bundle, name);
}
