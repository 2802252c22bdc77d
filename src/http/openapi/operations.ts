import { answerOf } from './answers.ts';
import { NO_SUCH_METHOD, faultResponses } from './faults.ts';

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly responses: Readonly<Record<string, object>>;
}

/** As GET, without the bytes. */
export function headOf(get: Operation): Operation {
  const heads = Object.entries(get.responses).map(([status, answer]) => [
    status,
    { ...answer, content: undefined },
  ]);
  return {
    ...get,
    operationId: get.operationId.replace('get', 'head'),
    summary: `${get.summary}: its headers alone`,
    description: 'Answers as `GET` does, without the body.',
    responses: Object.fromEntries(heads) as Operation['responses'],
  };
}

/** What a browser asks before a script of another site may send a request. */
export function preflightOf(operationId: string, tag: string): Operation {
  const headers = [
    'Access-Control-Allow-Origin',
    'Access-Control-Allow-Methods',
    'Access-Control-Allow-Headers',
    'Access-Control-Max-Age',
    'Vary',
  ] as const;
  return {
    operationId,
    tags: [tag],
    summary: 'Whether a script of another site may send a request (CORS)',
    description:
      'The preflight that browsers send by themselves. Any other `OPTIONS` is `method-not-allowed`.',
    responses: {
      '204': answerOf('The answer to a preflight; without these headers, it may not.', headers),
      ...(faultResponses('document') as Operation['responses']),
      '405': NO_SUCH_METHOD,
    },
  };
}

/** A Schema Object: a form with these fields and no other. */
export function formOf(properties: Readonly<Record<string, object>>, required: readonly string[]): object {
  return { type: 'object', required, properties, additionalProperties: false };
}

/** A field of a form: an image as a file. */
export const IMAGE_FILE = { type: 'string', contentMediaType: 'application/octet-stream' };

const ANY_BYTES = {};

/** A Request Body Object. */
export const UPLOADED_IMAGE = {
  required: true,
  description: 'The image itself, with any image type, or a form with one file.',
  content: {
    'image/*': ANY_BYTES,
    'application/octet-stream': ANY_BYTES,
    'multipart/form-data': { schema: formOf({ image: IMAGE_FILE }, ['image']) },
  },
};
