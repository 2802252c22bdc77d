/** A decoder's program like `misbehaving-decoder.ts`, on a system that lets no process have more than 1 GiB of data. */
import { execFileSync } from 'node:child_process';

execFileSync('/usr/bin/prlimit', [`--pid=${process.pid}`, `--data=${1024 ** 3}`]);
await import('./misbehaving-decoder.ts');
