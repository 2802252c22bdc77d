import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';

/** Puts bytes out without waiting for a reader, and returns how many of them were taken: 0 where there is no room now. */
export type WriteSome = (bytes: Uint8Array) => number;

const STDOUT = 1;

/**
 * Standard output as one that never waits. A write to a pipe, a socket or a terminal that nobody reads would otherwise
 * stop the process, its signal handlers included.
 */
export function openStandardOutput(): WriteSome {
  const fd = nonBlocking(STDOUT);
  return (bytes) => {
    try {
      return writeSync(fd, bytes);
    } catch {
      // Full (EAGAIN), or nobody can read it (EPIPE, EIO), or no space is left (ENOSPC): that may pass.
      return 0;
    }
  };
}

/**
 * Opened once more, so that other processes with the same pipe or terminal do not find it non-blocking. Where the system
 * does not allow that, as of a socket, touching Node's own stream makes it non-blocking. A file takes what it is given.
 */
function nonBlocking(fd: number): number {
  const stats = fstatSync(fd);
  const canBeReopened = stats.isFIFO() || isatty(fd);
  if (!canBeReopened && !stats.isSocket()) return fd;
  try {
    return reopen(fd);
  } catch {
    return process.stdout.fd;
  }
}

function reopen(fd: number): number {
  return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
}
