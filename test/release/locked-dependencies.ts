import semver from 'semver';
import { type LockedPackage, type LockedPackages, packageName } from '../../scripts/release/lockfile.ts';

/** Direct dependencies that are not one exact version. Peers are left out: what others bring is theirs to choose. */
export function unpinned(project: LockedPackage): string[] {
  const direct = { ...project.dependencies, ...project.devDependencies, ...project.optionalDependencies };
  return Object.entries(direct)
    .filter(([, range]) => semver.valid(range) !== range)
    .map(([name, range]) => `${name}: ${range}`);
}

/** Copies that `npm dedupe` would take away: all who use one would be content with the copy found without it. */
export function needlessCopies(packages: LockedPackages): string[] {
  return Object.keys(packages).filter((path) => {
    const instead = found(packageName(path), parentOf(parentOf(path)), packages);
    const version = packages[instead ?? '']?.version;
    if (path === '' || instead === undefined || version === undefined) return false;
    return rangesOn(path, packages).every((range) => semver.satisfies(version, range));
  });
}

/** What is asked of one copy by all the packages that find it. */
function rangesOn(copy: string, packages: LockedPackages): string[] {
  const name = packageName(copy);
  return Object.entries(packages).flatMap(([path, dependent]) => {
    const { dependencies, devDependencies, optionalDependencies, peerDependencies } = dependent;
    const range = { ...peerDependencies, ...devDependencies, ...optionalDependencies, ...dependencies }[name];
    return range !== undefined && found(name, path, packages) === copy ? [range] : [];
  });
}

/** As Node looks: in the package's own folder, then in those above. */
function found(name: string, from: string | undefined, packages: LockedPackages): string | undefined {
  for (let at = from; at !== undefined; at = parentOf(at)) {
    const path = `${at === '' ? '' : `${at}/`}node_modules/${name}`;
    if (path in packages) return path;
  }
  return undefined;
}

/** The package in whose folder another is; undefined above the project itself. */
function parentOf(path: string | undefined): string | undefined {
  if (path === undefined || path === '') return undefined;
  return path.slice(0, Math.max(0, path.lastIndexOf('node_modules/') - 1));
}
