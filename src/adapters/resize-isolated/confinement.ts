import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { dataBytesOf, nextFileOf } from './usage.ts';

/** What the allocator may hold beyond what was asked of it, and JavaScript beside the image. */
const SLACK_BYTES = 64 * 1024 * 1024;

/** Files of fonts, and of their caches, that drawing text opens. */
const FILES_FOR_FONTS = 64;

const execute = promisify(execFile);

export interface Confinement {
  /** Most memory that one image may need, in bytes, its file included. */
  readonly maxBytes: number;
  /** A drawing may hold text, whose fonts are files. */
  readonly drawsText: boolean;
}

/**
 * Sets limits in the kernel on a decoder that has loaded all that it needs: on its memory, whatever an image does and
 * whether or not anybody watches; on files and sockets, of which it can open no more; and on writing files.
 *
 * @returns whether there are such limits now: Linux has them, and `prlimit`, which is part of Debian's essential packages
 */
export async function confine(pid: number, { maxBytes, drawsText }: Confinement): Promise<boolean> {
  const dataBytes = dataBytesOf(pid);
  if (dataBytes === undefined) return false;
  try {
    const files = nextFileOf(pid) + (drawsText ? FILES_FOR_FONTS : 0);
    await execute('prlimit', [
      `--pid=${pid}`,
      `--data=${dataBytes + maxBytes + SLACK_BYTES}`,
      `--nofile=${files}`,
      '--fsize=0',
      '--core=0',
    ]);
    return true;
  } catch {
    return false;
  }
}
