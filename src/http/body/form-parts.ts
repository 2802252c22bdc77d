import type { Part } from 'formidable';
import { InvalidRequestError } from '../../domain/errors/index.ts';
import { HttpFault } from '../error-responses.ts';
import type { ImageMemory } from './image-memory.ts';
import { type UploadLimits, tooLarge } from './limits.ts';

/** A form as it was sent: repeated fields are still there, and no name means anything but itself. */
export interface MultipartForm {
  readonly fields: URLSearchParams;
  readonly image?: UploadedImage | undefined;
}

export interface UploadedImage {
  /** What the sender calls the file, without a path and without characters that cannot be seen. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

const MAX_FIELDS = 10;
/** The longest address, every character of it percent-encoded, and the other fields. */
export const MAX_FIELD_BYTES = 8192;

/**
 * Takes the parts of a form as they come: an image, sent as the file `image`, and fields. Its methods are called by a
 * parser that has no catch around them, so what is wrong comes up through `fault` alone.
 */
export class FormParts {
  readonly #memory: ImageMemory;
  readonly #limits: UploadLimits;
  readonly #fields = new URLSearchParams();
  readonly #fault = Promise.withResolvers<never>();
  #fieldBytes = 0;
  #imageName: string | undefined;

  constructor(memory: ImageMemory, limits: UploadLimits) {
    this.#memory = memory;
    this.#limits = limits;
    this.#fault.promise.catch(() => undefined);
  }

  /** Rejects with the first fault; never resolves. */
  get fault(): Promise<never> {
    return this.#fault.promise;
  }

  /** All of it, once the parser has come to its end. */
  get form(): MultipartForm {
    if (this.#imageName === undefined) return { fields: this.#fields };
    const { bytes } = this.#memory;
    if (bytes.length === 0) throw invalid('The file is empty. Choose another one.');
    return { fields: this.#fields, image: { name: this.#imageName, bytes } };
  }

  take(part: Part): void {
    // Every field has no file name at all, while a browser sends an empty one where no file was chosen.
    if (part.originalFilename === null) this.#takeField(part);
    else if (part.name !== 'image') this.#fault.reject(invalid('Send the file as the field image.'));
    else if (part.originalFilename !== '') this.#takeImage(part, part.originalFilename);
  }

  #takeField(part: Part): void {
    if (part.name === 'image') {
      this.#fault.reject(invalid('Send the image as a file, not as text.'));
      return;
    }
    if (this.#fields.size === MAX_FIELDS) {
      this.#fault.reject(new InvalidRequestError('request', 'The form has too many fields.'));
      return;
    }
    const chunks: Buffer[] = [];
    part.on('data', (chunk: Buffer) => {
      this.#fieldBytes += chunk.length;
      if (this.#fieldBytes > MAX_FIELD_BYTES) this.#fault.reject(fieldsTooLarge());
      else chunks.push(chunk);
    });
    part.on('end', () => this.#fields.append(part.name ?? '', Buffer.concat(chunks).toString()));
  }

  #takeImage(part: Part, fileName: string): void {
    if (this.#imageName !== undefined) {
      this.#fault.reject(invalid('Send one image at a time.'));
      return;
    }
    this.#imageName = shownName(fileName);
    part.on('data', (chunk: Buffer) => {
      if (!this.#memory.append(chunk)) this.#fault.reject(tooLarge(this.#limits));
    });
  }
}

/** Old browsers send the whole path; control characters and those that turn the direction of text around are left out. */
function shownName(fileName: string): string {
  const last = fileName.split(/[/\\]/).at(-1) ?? '';
  return last.replace(/\p{C}/gu, '').trim().slice(0, 255);
}

function invalid(sentence: string): InvalidRequestError {
  return new InvalidRequestError('image', sentence);
}

function fieldsTooLarge(): HttpFault {
  return new HttpFault('request-too-large', 'Send a form with an address of at most 2048 characters.');
}
