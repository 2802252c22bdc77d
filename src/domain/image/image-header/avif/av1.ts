import { stepLimit } from '../raster-header.ts';
import { type Sequence, type SequenceColours, readSequence } from './av1-sequence.ts';

export type { SequenceColours } from './av1-sequence.ts';

/** What is coded in an image item. */
export interface Av1Stream {
  /** As the stream itself says, whatever is said beside it; of several the largest. Undefined where it does not say. */
  readonly sequence: Sequence | undefined;
  readonly frames: number;
  /** Of the first picture. */
  readonly colours: SequenceColours | undefined;
}

const OBU = { sequenceHeader: 1, frameHeader: 3, frame: 6 } as const;

/**
 * Walks the parts of a stream (AV1, 5.3). A picture is one frame, in layers a few; a decoder decodes all that there are,
 * and one of 20 megapixels takes as little as 430 bytes.
 *
 * @param countStep called for each part
 */
export function readAv1(stream: Buffer, countStep = stepLimit()): Av1Stream {
  let sequence: Sequence | undefined;
  let colours: SequenceColours | undefined;
  let [at, frames] = [0, 0];
  while (at < stream.length) {
    countStep();
    const head = stream.readUInt8(at);
    const [type, hasExtension, hasSize] = [(head >> 3) & 15, (head & 4) !== 0, (head & 2) !== 0];
    at += hasExtension ? 2 : 1;
    const { size, bytes } = hasSize ? readSize(stream, at) : { size: stream.length - at, bytes: 0 };
    at += bytes;
    if (type === OBU.frame || type === OBU.frameHeader) frames += 1;
    if (type === OBU.sequenceHeader) {
      const header = readSequence(stream.subarray(at, at + size));
      sequence = largest(sequence, header);
      colours ??= header.colours;
    }
    at += size;
  }
  return { sequence, frames, colours };
}

/** Seven bits a byte, the lowest first (AV1, 4.10.5). */
function readSize(stream: Buffer, from: number): { size: number; bytes: number } {
  let size = 0;
  for (let index = 0; index < 8; index += 1) {
    const byte = stream[from + index] ?? 0;
    size += (byte & 0x7f) * 2 ** (7 * index);
    if ((byte & 0x80) === 0) return { size, bytes: index + 1 };
  }
  return { size, bytes: 8 };
}

function largest(a: Sequence | undefined, b: Sequence): Sequence {
  return {
    width: Math.max(a?.width ?? 0, b.width),
    height: Math.max(a?.height ?? 0, b.height),
    bitDepth: Math.max(a?.bitDepth ?? 0, b.bitDepth),
    samplesPerPixel: Math.max(a?.samplesPerPixel ?? 0, b.samplesPerPixel),
  };
}
