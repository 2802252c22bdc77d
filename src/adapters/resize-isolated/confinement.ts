import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { dataBytesOf, hardLimitsOf, nextFileOf } from './usage.ts';

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

/** What the kernel holds a decoder to. */
export interface Confined {
  /** How many limits could be set. */
  readonly limits: number;
  /** Why the others could not be. */
  readonly failures: readonly string[];
}

/**
 * Sets limits in the kernel on a decoder that has loaded all that it needs: on its memory, whatever an image does and
 * whether or not anybody watches; on files and sockets, of which it can open no more; and on writing files. Linux has them,
 * and `prlimit`, which is part of Debian's essential packages.
 */
export async function confine(pid: number, confinement: Confinement): Promise<Confined> {
  try {
    return await setLimits(pid, limitsFor(pid, confinement));
  } catch (error) {
    return { limits: 0, failures: [String(error)] };
  }
}

/** None above what the system lets a process have, which not everybody may raise. */
function limitsFor(pid: number, { maxBytes, drawsText }: Confinement): readonly string[] {
  const dataBytes = dataBytesOf(pid);
  if (dataBytes === undefined) throw new Error('this system has no /proc');
  const files = nextFileOf(pid) + (drawsText ? FILES_FOR_FONTS : 0);
  const hard = hardLimitsOf(pid);
  return [
    `--data=${Math.min(dataBytes + maxBytes + SLACK_BYTES, hard.dataBytes)}`,
    `--nofile=${Math.min(files, hard.files)}`,
    '--fsize=0',
    '--core=0',
  ];
}

/** All at once, as an image may wait for the decoder. That ends at the first that cannot be set; the others can be, apart. */
async function setLimits(pid: number, limits: readonly string[]): Promise<Confined> {
  if ((await failureOf(pid, limits)) === undefined) return { limits: limits.length, failures: [] };
  const apart = await Promise.all(limits.map((limit) => failureOf(pid, [limit])));
  const failures = apart.filter((failure) => failure !== undefined);
  return { limits: limits.length - failures.length, failures: [...new Set(failures)] };
}

/** Why these limits cannot be set, in the words of `prlimit` where it has any. */
async function failureOf(pid: number, limits: readonly string[]): Promise<string | undefined> {
  try {
    await execute('prlimit', [`--pid=${pid}`, ...limits]);
    return undefined;
  } catch (error) {
    const { stderr = '', message } = error as Error & { readonly stderr?: string };
    return stderr.trim() || message;
  }
}
