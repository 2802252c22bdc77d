import { stepLimit } from '../image-header/raster-header.ts';
import { type PngChunk, pngChunk, pngChunks } from '../png/chunks.ts';

/** Ahead of the data of a frame. */
const NUMBER_BYTES = 4;

/**
 * The first frame of an APNG whose default image belongs to none, as a PNG (PNG, 11.3.5): browsers show that. A frame that
 * does not fill the canvas is left out: the default image stands for it.
 */
export function stillApng(file: Buffer): Buffer {
  const chunks = chunksOf(file);
  const pixelsAt = chunks.findIndex(({ type }) => type === 'IDAT');
  const control = chunks.findIndex(({ type }) => type === 'fcTL');
  const ihdr = chunks.find(({ type }) => type === 'IHDR')?.data;
  if (ihdr === undefined || pixelsAt === -1 || control < pixelsAt) return file;
  const frame = chunks[control];
  if (frame?.data.subarray(4, 12).equals(ihdr.subarray(0, 8)) !== true) return file;
  const behind = chunks.slice(control + 1);
  const next = behind.findIndex(({ type }) => type === 'fcTL');
  // Other chunks may stand between.
  const data = behind
    .slice(0, next === -1 ? undefined : next)
    .filter(({ type }) => type === 'fdAT')
    .map((each) => each.data.subarray(NUMBER_BYTES));
  // Announced, and not there.
  if (data.length === 0) return file;
  const ahead = file.subarray(0, chunks[pixelsAt]?.start);
  return Buffer.concat([ahead, pngChunk('IDAT', Buffer.concat(data)), pngChunk('IEND')]);
}

function chunksOf(file: Buffer): PngChunk[] {
  const countStep = stepLimit();
  return Array.from(pngChunks(file), (chunk) => {
    countStep();
    return chunk;
  });
}
