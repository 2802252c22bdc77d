import type { SourceAnswer } from '../../ports/image-fetcher.ts';
import { SourceTooLargeError, SourceTooSlowError, SourceUnreachableError } from '../errors/index.ts';
import type { InputFormat } from '../image/formats.ts';
import { type FileReader, endFile } from '../image/partial/partial-decoder.ts';
import { FormatCheck } from '../image/refusal.ts';
import { MinimumRate } from '../work/minimum-rate.ts';
import { raceSignal } from '../work/race.ts';
import { announcedBytes } from './answer.ts';
import { IncomingBytes, type Room } from './incoming-bytes.ts';
import { refusalOfLarge } from './refusal-of-large.ts';
import { EndBySilence } from './silence.ts';
import { unpacked } from './unpacking/content-coding.ts';

export interface ReceiveOptions {
  /** The most bytes that a source may have. */
  readonly maxBytes: number;
  /** Tells when the rest is not needed, where a download may end there. */
  readonly endsWith: FileReader | undefined;
  /** Where a download ends as soon as it shows that it is none of these formats: which ones. */
  readonly inputFormats: readonly InputFormat[] | undefined;
  /** Gives the room for a body of at most so many bytes, which is asked to grow before it comes in, and for others. */
  readonly roomFor: (maxBytes: number, otherBytes: number) => Room;
  readonly signal: AbortSignal;
}

/** A body that came in. Disposing of it gives its memory back. */
export interface ReceivedBody extends Disposable {
  readonly bytes: Uint8Array;
  /** Whether the download ended early; see `PartialDecoder`. */
  readonly isPart: boolean;
  /** Length of the whole file; undefined where it was neither announced nor read to its end. */
  readonly wholeBytes: number | undefined;
  /** How many bytes of the file were read. */
  readonly receivedBytes: number;
}

/**
 * Reads the body of an answer, counting its bytes as they come and are unpacked: to its end, to where a thumbnail needs no
 * more of it, or to where it shows that there will be none.
 *
 * @throws UnsupportedImageError when it shows to be of no accepted format
 * @throws SourceTooLargeError when there is more of it than was announced, or than a source may have
 * @throws SourceTooSlowError when it comes too slowly; OverloadedError when there is no memory for it
 * @throws SourceUnreachableError when there is less of it than was announced; the signal's reason
 */
export async function receive(answer: SourceAnswer, options: ReceiveOptions): Promise<ReceivedBody> {
  const { maxBytes, roomFor, signal } = options;
  const sent = announcedBytes(answer);
  const { body, windowBytes } = unpacked(answer);
  if (sent !== undefined && sent > maxBytes) {
    throw await refusalOfLarge(body, options);
  }
  // Of what is packed, that says nothing of the image.
  const announced = windowBytes === 0 ? sent : undefined;
  using held = new DisposableStack();
  const capacity = announced ?? maxBytes;
  const incoming = held.use(new IncomingBytes(capacity, roomFor(capacity, windowBytes)));
  await raceSignal(Promise.resolve(incoming.makeRoom(1)), signal);
  const tooSlow = Promise.withResolvers<never>();
  using rate = new MinimumRate(() => tooSlow.reject(new SourceTooSlowError()));
  const silent = Promise.withResolvers<undefined>();
  using silence = sent === undefined ? new EndBySilence(() => silent.resolve(undefined)) : undefined;
  // A body that does not obey the signal holds nothing back.
  const reading = raceSignal(readBody(body, { incoming, rate, silence, announced }, options), signal);
  const part = await Promise.race([reading, tooSlow.promise, silent.promise]);
  if (part === undefined && announced !== undefined && incoming.length !== announced) {
    throw new SourceUnreachableError('The server sent only part of the image.');
  }
  incoming.complete();
  const kept = held.move();
  return {
    bytes: part ?? incoming.bytes,
    isPart: part !== undefined,
    wholeBytes: part === undefined ? incoming.length : announced,
    receivedBytes: incoming.length,
    [Symbol.dispose]: () => kept.dispose(),
  };
}

interface Incoming {
  readonly incoming: IncomingBytes;
  readonly rate: MinimumRate;
  readonly silence: EndBySilence | undefined;
  readonly announced: number | undefined;
}

/** Resolves with the partial file where a part is enough, and else with nothing once the body has ended. */
async function readBody(
  body: AsyncIterable<Uint8Array>,
  { incoming, rate, silence, announced }: Incoming,
  { endsWith, inputFormats, maxBytes, signal }: ReceiveOptions,
): Promise<Uint8Array | undefined> {
  let reader = endsWith;
  const formats = inputFormats && new FormatCheck(inputFormats);
  for await (const chunk of body) {
    signal.throwIfAborted();
    if (silence?.isOver === true) return undefined;
    silence?.interrupt();
    rate.count(chunk.length);
    const growing = incoming.makeRoom(chunk.length);
    if (growing !== undefined) await rate.pause(growing);
    if (!incoming.append(chunk)) throw new SourceTooLargeError(maxBytes);
    formats?.check(incoming.bytes);
    const progress = reader?.read(incoming.bytes, announced);
    if (progress?.kind === 'complete' && progress.length <= incoming.capacityBytes) {
      return endFile(incoming.memoryOf(progress.length), progress);
    }
    if (progress?.kind !== 'need-more') reader = undefined;
    silence?.hear(incoming.bytes);
  }
  return undefined;
}
