import { InvalidRequestError } from '../../domain/errors/index.ts';
import { dispositionOf, fileStem } from './file-name.ts';

/** A parameter that says how a thumbnail is handed over: the cache's key does not have it. */
interface DeliveryParameter {
  /** A sentence or two of Markdown, for the OpenAPI document, the table in docs/ and `sign-url --help`. */
  readonly meaning: string;
  /** JSON Schema of its text. */
  readonly schema: object;
  /** A text that it takes, for the documents. */
  readonly example: string;
  /** @throws InvalidRequestError with what it may be */
  readonly parse: (text: string) => string;
}

const MAX_LENGTH = 200;

export const DELIVERY = {
  filename: {
    meaning:
      "File name under which browsers save the thumbnail; its extension becomes that of the format. If left out: the source's own name.",
    schema: { type: 'string', minLength: 1, maxLength: MAX_LENGTH },
    example: 'photo',
    parse: (text) => {
      const stem = text.length > MAX_LENGTH ? '' : fileStem(text);
      if (stem !== '') return stem;
      throw new InvalidRequestError(
        'filename',
        `filename must be a name for a file, of at most ${MAX_LENGTH} characters, such as photo.`,
      );
    },
  },
  download: {
    meaning: '`true`: browsers save the thumbnail instead of showing it.',
    schema: { enum: ['true', 'false'], default: 'false' },
    example: 'true',
    parse: (text) => {
      if (text === 'true' || text === 'false') return text;
      throw new InvalidRequestError('download', 'download must be true or false.');
    },
  },
} satisfies Record<string, DeliveryParameter>;

export type DeliveryName = keyof typeof DELIVERY;
export const DELIVERY_NAMES = Object.keys(DELIVERY) as DeliveryName[];

/** The `Content-Disposition` of a thumbnail in a format. */
export type Disposition = (format: string) => string;

/**
 * Parses the parameters of the delivery.
 *
 * @returns what makes the header, of the name that the source itself has
 * @throws InvalidRequestError naming the parameter and what it may be
 */
export function parseDelivery({
  filename,
  download = 'false',
}: Partial<Record<DeliveryName, string>>): (ownName: string) => Disposition {
  const type = DELIVERY.download.parse(download) === 'true' ? 'attachment' : 'inline';
  const stem = filename === undefined ? undefined : DELIVERY.filename.parse(filename);
  return (ownName) => dispositionOf(type, stem ?? (fileStem(ownName) || 'thumbnail'));
}
