import { END_OF_IMAGE, START_OF_SCAN, isSizedMarker, nextMarker, segmentEnd } from './jpeg-markers.ts';

/** Of a frame, what a scan's cost depends on. */
export interface ScannedFrame {
  /** Samples of each component, as the decoder holds them: its plane filled up to whole blocks. By the component's id. */
  readonly planes: ReadonlyMap<number, number>;
  /** Coded arithmetically, so that next to no data can stand for any amount of work. */
  readonly arithmetic: boolean;
}

export interface Scans {
  /** Processor milliseconds that they take together, at most, besides what their data takes. */
  readonly ms: number;
  /** Of the segments between them. */
  readonly segmentBytes: number;
}

/**
 * A scan goes over all samples of its components, whether it changes any or not: a file of 90 bytes a scan may go over 50
 * megapixels as often as it likes. Measured with 500 scans of 49 megapixels on a slow and busy core; with arithmetic
 * coding, where each sample may take several decisions.
 */
const NS_PER_SAMPLE = { huffman: 1.3, arithmetic: 13 } as const;

/** Beyond this the rest does not matter. */
const ENOUGH_MS = 1e6;

/** What a scan of the smallest image counts at least, for its tables and its header. */
const MIN_MS = 13;

/**
 * Walks from the first scan, whose length stands at `from`, to the end of the image. Markers are taken as the decoder
 * takes them: it goes on after any scan, however short, and stops at the first end that is not within a segment.
 */
export function readScans(bytes: Buffer, from: number, frame: ScannedFrame): Scans {
  const nsPerSample = frame.arithmetic ? NS_PER_SAMPLE.arithmetic : NS_PER_SAMPLE.huffman;
  let [ms, segmentBytes, at] = [0, 0, from];
  let marker: number | undefined = START_OF_SCAN;
  while (marker !== undefined && marker !== END_OF_IMAGE && ms < ENOUGH_MS) {
    if (isSizedMarker(marker)) {
      if (at + 2 > bytes.length) break;
      const end = segmentEnd(bytes, at);
      if (marker === START_OF_SCAN) {
        ms += Math.max(MIN_MS, (samplesOf(bytes.subarray(at + 2, end), frame) * nsPerSample) / 1e6);
      }
      segmentBytes += end - at;
      at = end;
    }
    at = nextMarker(bytes, at);
    marker = bytes[at - 1];
  }
  return { ms, segmentBytes };
}

function samplesOf(scan: Buffer, { planes }: ScannedFrame): number {
  let samples = 0;
  const components = scan[0] ?? 0;
  for (let index = 0; index < components; index += 1) samples += planes.get(scan[1 + 2 * index] ?? -1) ?? 0;
  return samples;
}
