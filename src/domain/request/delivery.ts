import { InvalidRequestError } from '../errors/index.ts';
import { fileStem } from './file-stem.ts';

/** A parameter that says how a thumbnail is handed over: the cache's key does not have it. */
interface DeliveryParameter<Value> {
  /** A sentence or two of Markdown, for the OpenAPI document, the table in docs/ and `sign-url --help`. */
  readonly meaning: string;
  /** JSON Schema of its text. */
  readonly schema: object;
  /** A text that it takes, for the documents. */
  readonly example: string;
  /** @throws InvalidRequestError with what it may be */
  readonly parse: (text: string) => Value;
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
  } satisfies DeliveryParameter<string>,
  download: {
    meaning: '`true`: browsers save the thumbnail instead of showing it.',
    ...flag('download'),
  } satisfies DeliveryParameter<boolean>,
  fallback: {
    meaning:
      "`true`: if the source or its image fails, the answer is the operator's fallback image, if there is one, with the error's code in `X-Thumbnail-Fault`.",
    ...flag('fallback'),
  } satisfies DeliveryParameter<boolean>,
};

export type DeliveryName = keyof typeof DELIVERY;
export const DELIVERY_NAMES = Object.keys(DELIVERY) as DeliveryName[];
export type DeliveryTexts = Partial<Readonly<Record<DeliveryName, string>>>;

/** How one request wants its thumbnail handed over. */
export interface Delivery {
  /** Without an extension; undefined stands for the source's own name. */
  readonly stem: string | undefined;
  readonly isAttachment: boolean;
  /** Whether another image is to be shown where this one is not to be had. */
  readonly wantsFallback: boolean;
}

/** @throws InvalidRequestError naming the parameter and what it may be */
export function parseDelivery({ filename, download = 'false', fallback = 'false' }: DeliveryTexts): Delivery {
  return {
    stem: filename === undefined ? undefined : DELIVERY.filename.parse(filename),
    isAttachment: DELIVERY.download.parse(download),
    wantsFallback: DELIVERY.fallback.parse(fallback),
  };
}

/** What the parameters that are on or off have in common. */
function flag(name: string) {
  return {
    schema: { enum: ['true', 'false'], default: 'false' },
    example: 'true',
    parse: (text: string) => {
      if (text === 'true' || text === 'false') return text === 'true';
      throw new InvalidRequestError(name, `${name} must be true or false.`);
    },
  };
}
