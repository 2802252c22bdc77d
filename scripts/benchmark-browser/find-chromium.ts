import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { UsageError } from './options.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const USUAL_PLACES = [
  '/usr/bin',
  '/usr/local/bin',
  '/snap/bin',
  '/opt/google/chrome',
  '/opt/homebrew/bin',
  '/Applications/Chromium.app/Contents/MacOS',
  '/Applications/Google Chrome.app/Contents/MacOS',
];
const MAC_NAMES = ['Chromium', 'Google Chrome'];

/** @param asked a program that somebody named, which then has to be there */
export function findChromium(asked: string | undefined, path = process.env['PATH'] ?? ''): string {
  if (asked !== undefined) {
    if (isProgram(asked)) return asked;
    throw new UsageError(`there is no program at ${asked}: name Chromium with --chromium or CHROMIUM_PATH.`);
  }
  const found = usualChromium(path);
  if (found !== undefined) return found;
  throw new UsageError(
    'no Chromium was found: install it (apt-get install chromium), or name it with --chromium or CHROMIUM_PATH.',
  );
}

/** @returns undefined where there is none */
function usualChromium(path = process.env['PATH'] ?? ''): string | undefined {
  const places = [...path.split(delimiter).filter((place) => place !== ''), ...USUAL_PLACES];
  return places
    .flatMap((place) => [...NAMES, ...MAC_NAMES].map((name) => join(place, name)))
    .find((file) => existsSync(file) && isProgram(file));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // Not there or not ours to run: either way, it is none.
    return false;
  }
}
