import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileIdentity } from './remove-same.ts';

/** A pipe that somebody has left in a file's place is opened without a wait: few threads open all files. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

/** Reads a file. What is not a file, or has more bytes than that, reads as empty. */
export async function readUpTo(
  maxBytes: number,
  path: string,
): Promise<{ readonly bytes: Buffer; readonly identity: FileIdentity }> {
  await using file = await open(path, FLAGS);
  const facts = await file.stat();
  const size = facts.isFile() && facts.size <= maxBytes ? facts.size : 0;
  const bytes = Buffer.allocUnsafeSlow(size);
  const bytesRead = size === 0 ? 0 : (await file.read(bytes)).bytesRead;
  return { bytes: bytes.subarray(0, bytesRead), identity: facts };
}
