import { INPUT_FORMATS } from '../../domain/image/formats.ts';
import { MAX_PLACEHOLDER_LENGTH } from '../../domain/info/placeholder.ts';
import type { InfoField } from '../../domain/request/info-spec.ts';
import type { Site } from '../site.ts';
import { answerOf } from './answers.ts';
import { faultResponses } from './faults.ts';
import { UPLOADED_IMAGE, headOf, preflightOf } from './operations.ts';
import { INFO_PARAMETERS, UPLOAD_INFO_PARAMETERS, parameterRefs } from './parameters.ts';
import { INFO as TAG } from './tags.ts';

const OF_AN_INFO = [
  'Cache-Control',
  'ETag',
  'Cache-Status',
  'Server-Timing',
  'Content-Security-Policy',
  'Cross-Origin-Resource-Policy',
  'Vary',
] as const;

const SIDE = { type: 'integer', minimum: 1 };

/** Of each field. */
const FIELDS: Readonly<Record<InfoField, object>> = {
  format: { enum: INPUT_FORMATS, description: 'What the image is encoded as.' },
  width: { ...SIDE, description: 'Pixels, as a viewer shows it: after the EXIF orientation.' },
  height: { ...SIDE, description: 'Pixels, as a viewer shows it.' },
  bytes: { type: ['integer', 'null'], minimum: 1, description: 'Size of the file; null if it is not known.' },
  hasAlpha: { type: 'boolean', description: 'Whether a pixel can be transparent.' },
  frames: { type: 'integer', minimum: 1, description: '1 if it is no animation.' },
  color: { type: 'string', pattern: '^#[0-9a-f]{6}$', description: 'The dominant colour.' },
  thumbhash: {
    type: 'string',
    description: 'base64 of the ThumbHash, from which a page draws a blurred picture.',
  },
  placeholder: {
    type: 'string',
    maxLength: MAX_PLACEHOLDER_LENGTH,
    description: 'A tiny picture as a `data:` URI, to be shown until the image is here.',
  },
};

/** What is known of an image, as far as it was asked for. */
export const INFO_SCHEMA = { type: 'object', properties: FIELDS, additionalProperties: false } as const;

const INFO = { 'application/json': { schema: { $ref: '#/components/schemas/Info' } } };

/** A Path Item Object: `/info`, for programs. */
export function infoPath(site: Pick<Site, 'uploads'>): object {
  const get = {
    operationId: 'getInfo',
    tags: [TAG],
    summary: 'Facts about an image on the web',
    description:
      'Answers with the format, the dimensions, the dominant colour and placeholders of the image at `url`, as JSON. With `fields`, the service reads no more of the source than those need.',
    parameters: parameterRefs([...INFO_PARAMETERS, 'If-None-Match', 'Cache-Control', 'X-Request-Id']),
    responses: {
      '200': answerOf('The facts, as far as they were asked for.', OF_AN_INFO, INFO),
      '304': answerOf('The client already has this.', OF_AN_INFO),
      ...faultResponses('thumbnail'),
    },
  };
  const post = {
    operationId: 'infoUpload',
    tags: [TAG],
    summary: 'Facts about an uploaded image',
    description: 'Send the image as for `POST /thumbnail`. The answer is the same as for `GET`.',
    parameters: parameterRefs([...UPLOAD_INFO_PARAMETERS, 'X-Request-Id']),
    requestBody: UPLOADED_IMAGE,
    responses: {
      '200': answerOf('The facts, as far as they were asked for.', OF_AN_INFO, INFO),
      ...faultResponses('upload'),
    },
  };
  return {
    get,
    head: headOf(get),
    ...(site.uploads && { post }),
    options: preflightOf('preflightInfo', TAG),
  };
}
