import type { Readable } from 'node:stream';
import { InvalidRequestError } from '../../domain/errors/index.ts';
import { HttpFault } from '../error-responses.ts';
import type { IncomingBytes } from '../../domain/source/incoming-bytes.ts';
import { type UploadLimits, tooLarge } from './limits.ts';
import { visibleName } from '../../domain/request/visible-name.ts';

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

/** A part of a form, whose content has not come yet. */
export interface FormPart {
  readonly name: string | undefined;
  /** Fields have none, while a browser sends an empty one where no file was chosen. */
  readonly fileName: string | undefined;
  readonly content: Readable;
}

/** Is told what is wrong with a part; the first fault counts. */
export type OnFault = (fault: Error) => void;

export const MAX_FIELDS = 10;
/** The longest address, every character of it percent-encoded, and the other fields. */
export const MAX_FIELD_BYTES = 32 * 1024;

/** Takes the parts of a form as they come: an image, sent as the file `image`, and fields. */
export class FormParts {
  readonly #memory: IncomingBytes;
  readonly #limits: UploadLimits;
  readonly #fields = new URLSearchParams();
  #fieldCount = 0;
  #fieldBytes = 0;
  #imageName: string | undefined;

  constructor(memory: IncomingBytes, limits: UploadLimits) {
    this.#memory = memory;
    this.#limits = limits;
  }

  /** All of it, once every part has come to its end. */
  get form(): MultipartForm {
    if (this.#imageName === undefined) return { fields: this.#fields };
    const { bytes } = this.#memory;
    if (bytes.length === 0) throw invalid('The file is empty. Choose another one.');
    return { fields: this.#fields, image: { name: this.#imageName, bytes } };
  }

  take(part: FormPart, onFault: OnFault): void {
    const { name, fileName, content } = part;
    content.on('error', onFault);
    if (fileName === undefined) this.#takeField(part, onFault);
    else if (name !== 'image') onFault(invalid('Send the file in the field image.'));
    else if (fileName === '') content.resume();
    else this.#takeImage(fileName, content, onFault);
  }

  #takeField({ name = '', content }: FormPart, onFault: OnFault): void {
    if (name === 'image') {
      onFault(invalid('Send the image as a file, not as text.'));
      return;
    }
    if (this.#fieldCount === MAX_FIELDS) {
      onFault(tooManyFields());
      return;
    }
    this.#fieldCount += 1;
    const chunks: Buffer[] = [];
    content.on('data', (chunk: Buffer) => {
      this.#fieldBytes += chunk.length;
      if (this.#fieldBytes > MAX_FIELD_BYTES) onFault(fieldsTooLarge());
      // A copy: what comes is a view of a larger buffer, which would be kept with it.
      else chunks.push(Buffer.from(chunk));
    });
    content.on('end', () => this.#fields.append(name, Buffer.concat(chunks).toString()));
  }

  #takeImage(fileName: string, content: Readable, onFault: OnFault): void {
    if (this.#imageName !== undefined) {
      onFault(invalid('Send one image at a time.'));
      return;
    }
    this.#imageName = shownName(fileName);
    content.on('data', (chunk: Buffer) => {
      if (!this.#memory.append(chunk)) onFault(tooLarge(this.#limits));
    });
  }
}

/** Old browsers send the whole path, and all of them send quotes as `%22`. */
function shownName(fileName: string): string {
  const last = fileName.split(/[/\\]/).at(-1) ?? '';
  return visibleName(last.replaceAll('%22', '"')).slice(0, 255);
}

function invalid(sentence: string): InvalidRequestError {
  return new InvalidRequestError('image', sentence);
}

export function tooManyFields(): InvalidRequestError {
  return new InvalidRequestError('request', 'The form has too many fields. Send fewer.');
}

export function fieldsTooLarge(options?: ErrorOptions): HttpFault {
  const sentence = 'The form is too long. Send a shorter URL, or the image as a file.';
  return new HttpFault('request-too-large', sentence, options);
}
