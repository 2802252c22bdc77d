import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What package-lock.json says of one installed copy of a package. */
export interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  /** Needed for development alone. */
  readonly dev?: boolean;
  /** Left out on a platform that it is not for. */
  readonly optional?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** By where a copy is, as `node_modules/a/node_modules/b`; the project itself is `''`. */
export type LockedPackages = Readonly<Record<string, LockedPackage>>;

export function readLockfile(project: string): LockedPackages {
  const text = readFileSync(join(project, 'package-lock.json'), 'utf8');
  return (JSON.parse(text) as { packages: LockedPackages }).packages;
}

const FOLDER = 'node_modules/';

export function packageName(path: string): string {
  return path.slice(path.lastIndexOf(FOLDER) + FOLDER.length);
}
