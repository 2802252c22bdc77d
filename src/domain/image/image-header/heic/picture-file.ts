import { boxes } from '../avif/boxes.ts';
import { firstOfSequence } from '../avif/sequence.ts';

/** The file, or where it has no picture beside its sequence a file of the sequence's first. */
export function pictureFile(file: Buffer): Buffer {
  const hasPicture = boxes(file).some(({ type }) => type === 'meta');
  return hasPicture ? file : (firstOfSequence(file) ?? file);
}
