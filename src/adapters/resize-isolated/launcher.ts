import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { lazy } from '../../domain/work/lazy.ts';

const execute = promisify(execFile);

/**
 * The kernel ends what is started by this when the service ends, even if that is killed and the decoder stopped; and it
 * can gain no privileges. util-linux has it, which is part of Debian's essential packages.
 */
const LAUNCHER = ['/usr/bin/setpriv', '--pdeathsig', 'KILL', '--no-new-privs', '--'] as const;

/** What comes before a decoder's command: nothing where the system has no such program, or another one of its name. */
export const launcher = lazy(async (): Promise<readonly string[]> => {
  const [program, ...options] = LAUNCHER;
  try {
    await execute(program, [...options, '/bin/true']);
    return LAUNCHER;
  } catch {
    return [];
  }
});
