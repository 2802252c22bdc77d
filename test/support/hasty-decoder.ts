/** A decoder's program that answers a job of which it has read no more than the head. */
import { readSync, writevSync } from 'node:fs';
import {
  type OutgoingFrame,
  PREFIX_BYTES,
  lengthsIn,
  piecesOf,
} from '../../src/adapters/resize-isolated/frames.ts';
import type { DecodeJob, Identified } from '../../src/adapters/resize-isolated/messages.ts';
import { readyFrame, thumbnailFrame } from '../../src/adapters/resize-isolated/messages.ts';

const CHANNEL = 3;

send(readyFrame(), 0);
const { headBytes } = lengthsIn(read(PREFIX_BYTES), Infinity);
const { id, image } = JSON.parse(read(headBytes).toString()) as Identified<DecodeJob>;
if (!('original' in image)) throw new TypeError('not an intermediate image');
const bytes = Buffer.from('made of nothing');
send(thumbnailFrame({ bytes, format: 'png', width: 1, height: 1, original: image.original }), id);
setInterval(() => undefined, 60_000);

function send({ head, body }: OutgoingFrame<object>, id: number): void {
  writevSync(CHANNEL, piecesOf({ head: { ...head, id }, body }));
}

function read(length: number): Buffer {
  const memory = Buffer.alloc(length);
  readSync(CHANNEL, memory, 0, length, null);
  return memory;
}
