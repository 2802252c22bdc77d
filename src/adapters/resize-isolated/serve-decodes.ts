import { openSync, readSync, readdirSync, writeFileSync, writevSync } from 'node:fs';
import { ThumbnailerError, isOwnShortage } from '../../domain/errors/index.ts';
import { isIntermediate } from '../../domain/image/intermediate-image.ts';
import { freeMemory } from '../../domain/work/process-memory.ts';
import type { ImageResizer } from '../../ports/image-resizer.ts';
import { type Frame, type OutgoingFrame, lengthsIn, piecesOf, PREFIX_BYTES } from './frames.ts';
import {
  type DecodeJob,
  type DecodeReply,
  type Identified,
  decodedFrame,
  failureFrame,
  imageOf,
  readyFrame,
  thumbnailFrame,
} from './messages.ts';

/** The end of the channel that the service has the other end of; 0 to 2 are the standard streams. */
const CHANNEL = 3;

const PARENT_CHECK_MS = 500;

/** Node reads fewer than 2 GiB in one call. */
const MAX_READ_BYTES = 1024 ** 3;

/**
 * The decoder's side: makes one image after another, until the service closes the channel. It reads and writes without
 * the event loop, as it has nothing else to do between two images, and so each byte is copied once.
 */
export async function serveDecodes(resizer: ImageResizer): Promise<void> {
  offerToBeKilledFirst();
  endWithParent();
  occupyFiles();
  send(readyFrame(), 0);
  for (let job = receive(); job !== undefined; job = receive()) {
    const answer = await answerTo(job, resizer);
    send(answer, job.head.id);
    for (const bytes of [job.body, ...answer.body]) freeOwnMemory(bytes);
  }
}

/**
 * What lies outside the heap counts as its growth, and would have all of the heap collected every dozen images, each time
 * for as long as an image takes.
 */
function freeOwnMemory(bytes: Uint8Array): void {
  if (bytes.byteLength === bytes.buffer.byteLength) freeMemory(bytes);
}

async function answerTo(
  job: Frame<Identified<DecodeJob>>,
  resizer: ImageResizer,
): Promise<OutgoingFrame<DecodeReply>> {
  const { work, spec } = job.head;
  const image = imageOf(job);
  const { signal } = new AbortController();
  try {
    if (work === 'resize') return thumbnailFrame(await resizer.resize(image, spec, { signal }));
    if (resizer.decode === undefined || isIntermediate(image)) throw new TypeError('nothing to decode');
    return decodedFrame(await resizer.decode(image, spec, { signal }));
  } catch (error) {
    return failureFrame(failureOf(error));
  }
}

function failureOf(error: unknown) {
  if (!(error instanceof Error)) return { code: undefined, sentence: String(error), cause: '' };
  const code =
    error instanceof ThumbnailerError ? error.code : isOwnShortage(error) ? 'overloaded' : undefined;
  const cause = error.cause instanceof Error ? error.cause.message : (error.stack ?? '');
  return { code, sentence: error.message, cause };
}

/** Undefined where the service has closed the channel. */
function receive(): Frame<Identified<DecodeJob>> | undefined {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  if (!fill(prefix)) return undefined;
  // How large a source may be is the service's to say, which has counted its bytes.
  const { headBytes, bodyBytes } = lengthsIn(prefix, Infinity);
  const head = Buffer.alloc(headBytes);
  // Not of Node's pool: what has memory of its own can be given back at once.
  const body = Buffer.allocUnsafeSlow(bodyBytes);
  if (!fill(head) || !fill(body)) return undefined;
  return { head: JSON.parse(head.toString()) as Identified<DecodeJob>, body };
}

function fill(buffer: Buffer): boolean {
  for (let filled = 0; filled < buffer.length;) {
    const read = readSync(CHANNEL, buffer, filled, Math.min(buffer.length - filled, MAX_READ_BYTES), null);
    if (read === 0) return false;
    filled += read;
  }
  return true;
}

/** In one call, as the service is woken by each. */
function send({ head, body }: OutgoingFrame<DecodeReply>, id: number): void {
  let pieces = piecesOf({ head: { ...head, id }, body });
  while (pieces.length > 0) pieces = behind(pieces, writevSync(CHANNEL, pieces));
}

/** What is left of the pieces after so many bytes. */
function behind(pieces: readonly Uint8Array[], sent: number): readonly Uint8Array[] {
  const [first, ...others] = pieces;
  if (first === undefined) return [];
  if (sent < first.byteLength) return [first.subarray(sent), ...others];
  return behind(others, sent - first.byteLength);
}

/** Where memory is short, the kernel takes a decoder before the service. */
function offerToBeKilledFirst(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Linux alone has it, and not every sandbox lets it be written.
  }
}

/**
 * The service then forbids files beyond the highest that is open (`confine`): a gap among them would still be one that can
 * be opened, or a connection.
 */
function occupyFiles(): void {
  try {
    const highest = Math.max(...readdirSync('/proc/self/fd').map(Number));
    while (openSync('/dev/null', 'r') < highest);
  } catch {
    // Without /proc there is no such limit either.
  }
}

/** A service that was killed closes nothing while a decode runs. Ending by itself would wait for that decode. */
function endWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  }, PARENT_CHECK_MS).unref();
}
