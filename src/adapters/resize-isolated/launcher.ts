import { spawnSync } from 'node:child_process';
import { isOwnShortage } from '../../domain/errors/index.ts';

/**
 * The kernel ends what is started by this when the service ends, even if that is killed and the decoder stopped; and it
 * can gain no privileges. util-linux has it, which is part of Debian's essential packages.
 */
const LAUNCHER = ['/usr/bin/setpriv', '--pdeathsig', 'KILL', '--no-new-privs', '--'] as const;

const TIMEOUT_MS = 1000;

let known: readonly string[] | undefined;

/**
 * What comes before a decoder's command: nothing where the system has no such program, or another one of its name. That is
 * asked for once, and waited for: it takes two milliseconds, and the first decoder is to start before all else.
 *
 * @throws what the system says where it cannot be asked now
 */
export function launcher(): readonly string[] {
  known ??= works(LAUNCHER) ? LAUNCHER : [];
  return known;
}

function works([program, ...options]: readonly [string, ...string[]]): boolean {
  const { status, error } = spawnSync(program, [...options, '/bin/true'], {
    stdio: 'ignore',
    timeout: TIMEOUT_MS,
  });
  if (error !== undefined && passes(error)) throw error;
  return status === 0;
}

/** Too many processes, or too much for the processors to do, says nothing of the program. */
function passes(error: Error & { readonly code?: unknown }): boolean {
  return isOwnShortage(error) || error.code === 'EAGAIN' || error.code === 'ETIMEDOUT';
}
