import { spawnSync } from 'node:child_process';

/**
 * The kernel ends what is started by this when the service ends, even if that is killed and the decoder stopped; and it
 * can gain no privileges. util-linux has it, which is part of Debian's essential packages.
 */
const LAUNCHER = ['/usr/bin/setpriv', '--pdeathsig', 'KILL', '--no-new-privs', '--'] as const;

let known: readonly string[] | undefined;

/** What comes before a decoder's command: nothing where the system has no such program, or another one of its name. */
export function launcher(): readonly string[] {
  known ??= works(LAUNCHER) ? LAUNCHER : [];
  return known;
}

/** Asked for once, and at once: it takes two milliseconds, and the first decoder is to start before all else. */
function works([program, ...options]: readonly [string, ...string[]]): boolean {
  return spawnSync(program, [...options, '/bin/true'], { stdio: 'ignore', timeout: 1000 }).status === 0;
}
