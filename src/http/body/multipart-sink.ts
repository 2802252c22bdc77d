import { Writable } from 'node:stream';
import type { BusboyConstructor, BusboyInstance } from '@fastify/busboy';
import { InvalidRequestError } from '../../domain/errors/index.ts';
import { type FormParts, MAX_FIELDS, tooManyFields } from './form-parts.ts';
import { FORM_BYTES, type UploadLimits, tooLarge } from './limits.ts';

/** Fields, the image, file inputs without a file, and parts without a name, which the parser leaves out. */
const MAX_PARTS = 2 * MAX_FIELDS;
/** Names and types take some hundred bytes; the parser leaves out what is beyond. */
const MAX_HEAD_BYTES = 2048;
const MAX_HEAD_LINES = 16;

/**
 * A stream that takes a multipart body to pieces as it comes. It finishes when the body has ended and every part has
 * been taken, and fails with the first fault.
 */
export function multipartSink(
  Busboy: BusboyConstructor,
  boundary: string,
  parts: FormParts,
  limits: UploadLimits,
): Writable {
  const parser = new Busboy({
    // Of the request's head it needs no more than this.
    headers: { 'content-type': `multipart/form-data; boundary="${boundary}"` },
    // Fields come as streams, too, so that they are counted while they come, and are UTF-8 whatever they claim to be.
    isPartAFile: () => true,
    preservePath: true,
    limits: { parts: MAX_PARTS, headerSize: MAX_HEAD_BYTES, headerPairs: MAX_HEAD_LINES },
  });
  const sink = countedSink(parser, limits);
  const fail = (fault: Error) => sink.destroy(fault);
  parser
    .on('file', (name, content, fileName) => parts.take({ name, content, fileName }, fail))
    .on('partsLimit', () => fail(tooManyFields()))
    .on('error', (cause) => fail(unreadable(cause)));
  return sink;
}

/** Preambles and parts that the parser leaves out count, too. */
function countedSink(parser: BusboyInstance, limits: UploadLimits): Writable {
  // It comes before the end of a body with an epilogue.
  const parsed = new Promise<void>((resolve) => parser.on('finish', resolve));
  let receivedBytes = 0;
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      receivedBytes += chunk.length;
      if (receivedBytes > limits.maxBytes + FORM_BYTES) done(tooLarge(limits));
      else parser.write(chunk, done);
    },
    final: (done) => {
      parser.end();
      void parsed.then(() => done());
    },
  });
}

function unreadable(cause: unknown): InvalidRequestError {
  return new InvalidRequestError('request', "The form couldn't be read. Send it again.", { cause });
}
