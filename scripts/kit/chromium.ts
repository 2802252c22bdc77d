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
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/bin',
    '/snap/bin',
    '/opt/google/chrome',
  ];
  return [...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))), ...MAC_PROGRAMS].find(
    existsSync,
  );
}

/** @throws Error where no browser is installed and none is named by `executablePath` */
export function launchChromium({ args = [], ...options }: LaunchOptions = {}): Promise<Browser> {
  const executablePath = options.executablePath ?? installedChromium();
  if (executablePath === undefined) throw new Error('Chromium is not installed');
  return chromium.launch({ ...options, executablePath, args: [...ARGUMENTS, ...args] });
}
