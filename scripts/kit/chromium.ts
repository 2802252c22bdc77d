import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type LaunchOptions, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const MAC_PROGRAMS = ['Chromium', 'Google Chrome'].map(
  (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
);

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The program of Chromium or Chrome where it is usually installed; undefined where there is none. */
export function installedChromium(): string | undefined {
  const usual = ['/usr/bin', '/snap/bin', '/opt/google/chrome'].flatMap(programsIn);
  return chromiumOnPath() ?? [...usual, ...MAC_PROGRAMS].find(existsSync);
}

/** The same on the path alone, so that a machine without it can be tried by a shorter path. */
export function chromiumOnPath(): string | undefined {
  return (process.env['PATH'] ?? '').split(delimiter).flatMap(programsIn).find(existsSync);
}

function programsIn(folder: string): string[] {
  return NAMES.map((name) => join(folder, name));
}

/** @throws Error where no browser is installed and none is named by `executablePath` */
export function launchChromium({ args = [], ...options }: LaunchOptions = {}): Promise<Browser> {
  const executablePath = options.executablePath ?? installedChromium();
  if (executablePath === undefined) throw new Error('Chromium is not installed');
  return chromium.launch({ ...options, executablePath, args: [...ARGUMENTS, ...args] });
}
