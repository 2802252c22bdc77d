import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { CLI } from '../../scripts/kit/programs.ts';

/** Runs `thumbnailer` with these arguments; of the environment it sees nothing but where programs are. */
export function thumbnailer(
  args: readonly string[],
  { cwd, env = {}, input }: { cwd?: string; env?: Record<string, string>; input?: Buffer } = {},
): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [CLI, ...args], {
    cwd,
    input,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    encoding: 'utf8',
    // What loops for ever fails its test instead of holding up the others.
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
}
