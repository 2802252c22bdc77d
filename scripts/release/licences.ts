import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageName, readLockfile } from './lockfile.ts';

/** What asks for no more than that its notice is kept. */
const ALLOWED = ['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];

const EXCEPTIONS = [
  {
    licence: 'LGPL-3.0-or-later',
    packages: /^@img\/sharp-/,
    why: 'libvips, as its makers publish it and in files of its own, which anyone can replace by another build',
  },
  {
    licence: 'LGPL-3.0',
    packages: /^libheif-js$/,
    why: 'libheif, unchanged and in files of its own, which anyone can replace by another build; it runs in a process of its own',
  },
];

/** How many production packages there are under each licence, and one sentence for each that must not be there. */
export interface LicenceReport {
  readonly counts: ReadonlyMap<string, number>;
  readonly faults: readonly string[];
}

/** Production packages of all platforms: what is not installed on this one is taken from the lock file. */
export function checkLicences(project: string): LicenceReport {
  const counts = new Map<string, number>();
  const faults: string[] = [];
  for (const [path, { version = '', license = '', dev, optional }] of Object.entries(readLockfile(project))) {
    if (path === '' || dev) continue;
    const name = packageName(path);
    const installed = installedLicence(join(project, path));
    const licence = installed ?? license;
    if (installed === undefined && !optional) faults.push(`${name} ${version} is not installed: run npm ci.`);
    else if (!isAllowed(licence, (id) => isAllowedFor(name, id)))
      faults.push(`${name} ${version} is licensed under ${licence || 'nothing that it names'}.`);
    else counts.set(licence, (counts.get(licence) ?? 0) + 1);
  }
  return { counts, faults };
}

/** @returns undefined where the package is not installed, `''` where it does not say */
function installedLicence(folder: string): string | undefined {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return undefined;
  const { license } = JSON.parse(readFileSync(file, 'utf8')) as { license?: unknown };
  return typeof license === 'string' ? license : '';
}

function isAllowedFor(name: string, licence: string): boolean {
  return (
    ALLOWED.includes(licence) ||
    EXCEPTIONS.some((exception) => exception.licence === licence && exception.packages.test(name))
  );
}

/**
 * @param expression of SPDX, as `(MIT OR CC0-1.0)` or `Apache-2.0 AND LGPL-3.0-or-later`; whatever else there is, such as
 *   `WITH` or `SEE LICENSE IN …`, is not allowed
 */
export function isAllowed(expression: string, isAllowedLicence: (id: string) => boolean): boolean {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  const result = anyOf();
  return result && tokens.length === 0;

  function anyOf(): boolean {
    let result = allOf();
    while (tokens[0] === 'OR') {
      tokens.shift();
      result = allOf() || result;
    }
    return result;
  }
  function allOf(): boolean {
    let result = one();
    while (tokens[0] === 'AND') {
      tokens.shift();
      result = one() && result;
    }
    return result;
  }
  function one(): boolean {
    const token = tokens.shift() ?? '';
    if (token !== '(') return isAllowedLicence(token);
    const result = anyOf();
    return tokens.shift() === ')' && result;
  }
}
