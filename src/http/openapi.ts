import packageJson from '../../package.json' with { type: 'json' };
import { MEDIA_TYPES } from '../domain/formats.ts';
import { answerOf, healthAnswer } from './openapi/answers.ts';
import { PAGE_SCHEMA, PROBLEM_SCHEMA, faultResponses, strayResponses } from './openapi/faults.ts';
import { BROWSER_HEADERS, HEADERS } from './openapi/headers.ts';
import {
  PURGE_PARAMETERS,
  SOURCE_SCHEMA,
  THUMBNAIL_PARAMETERS,
  UPLOAD_PARAMETERS,
  parameterComponents,
  parameterRefs,
} from './openapi/parameters.ts';
import { SAMPLES } from './page-samples.ts';

const DESCRIPTION = `Thumbnails of images on the web.

A parameter that is given twice, unknown or malformed is refused. Errors are problem documents with a stable \`code\`. What
is asked of no route here is answered 404 with the code \`not-found\`, another method of a route 405 with
\`method-not-allowed\`; see the responses under components.

Every answer but those about health also has these headers, for browsers:

${Object.entries(BROWSER_HEADERS)
  .map(([name, meaning]) => `- \`${name}\`: ${meaning}`)
  .join('\n')}`;

const PAGE = { 'text/html': { schema: PAGE_SCHEMA } };
const IMAGE = Object.fromEntries(Object.values(MEDIA_TYPES).map((type) => [type, {}]));
const OF_AN_UPLOAD = [
  'Cache-Control',
  'ETag',
  'Cache-Status',
  'Server-Timing',
  'Content-Disposition',
  'Content-Security-Policy',
  'Cross-Origin-Resource-Policy',
] as const;
const OF_A_THUMBNAIL = [...OF_AN_UPLOAD, 'Vary'] as const;

const ANY_BYTES = {};
const IMAGE_FILE = { type: 'string', contentMediaType: 'application/octet-stream' };

/**
 * The OpenAPI 3.1 document of the whole public interface. The style and the icon of the pages are not in it: their
 * addresses change with their content, and only a page knows them. Neither are metrics, which have a port of their own.
 *
 * @param sizes in pixels that anyone may ask for
 */
export function openApiDocument(sizes: readonly number[]): object {
  return {
    openapi: '3.1.1',
    info: {
      title: 'Thumbnailer',
      version: packageJson.version,
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    paths: {
      '/thumbnail': thumbnailPath(),
      '/': formPath(sizes),
      '/openapi.json': documentPath(),
      ...healthPaths(),
    },
    components: {
      schemas: { Problem: PROBLEM_SCHEMA },
      parameters: parameterComponents(sizes),
      headers: HEADERS,
      responses: strayResponses(),
    },
  };
}

function thumbnailPath(): object {
  const get = {
    operationId: 'getThumbnail',
    summary: 'A thumbnail',
    parameters: parameterRefs([...THUMBNAIL_PARAMETERS, 'If-None-Match', 'Cache-Control', 'X-Request-Id']),
    responses: {
      '200': answerOf('The bytes of the thumbnail.', OF_A_THUMBNAIL, IMAGE),
      '304': answerOf('The client has these bytes.', OF_A_THUMBNAIL),
      ...faultResponses('thumbnail'),
    },
  };
  const post = {
    operationId: 'thumbnailUpload',
    summary: 'A thumbnail of the image that is sent',
    parameters: parameterRefs([...UPLOAD_PARAMETERS, 'X-Request-Id']),
    requestBody: {
      required: true,
      description: 'The image itself, whatever its type is said to be, or a form with one file.',
      content: {
        'image/*': ANY_BYTES,
        'application/octet-stream': ANY_BYTES,
        'multipart/form-data': { schema: formOf({ image: IMAGE_FILE }, ['image']) },
      },
    },
    responses: {
      '200': answerOf('The bytes of the thumbnail.', OF_AN_UPLOAD, IMAGE),
      ...faultResponses('upload'),
    },
  };
  const purge = {
    operationId: 'purgeSource',
    summary: 'Forgets a source in every size and format; always signed',
    parameters: parameterRefs([...PURGE_PARAMETERS, 'X-Request-Id']),
    responses: { '204': answerOf('Forgotten.', []), ...faultResponses('purge') },
  };
  return { get, head: headOf(get), post, delete: purge };
}

function formPath(sizes: readonly number[]): object {
  const get = {
    operationId: 'getForm',
    summary: 'The form, for people',
    parameters: parameterRefs(['X-Request-Id']),
    responses: { '200': answerOf('The form.', ['Cache-Control'], PAGE), ...faultResponses('page') },
  };
  const fields = {
    image_url: SOURCE_SCHEMA,
    thumbnail_size: { enum: sizes },
    sample: { enum: SAMPLES.map(({ name }) => name) },
  };
  const post = {
    operationId: 'submitForm',
    summary: 'The page with a thumbnail and its facts, for people',
    parameters: parameterRefs(['X-Request-Id']),
    requestBody: {
      required: true,
      description: 'A sample, a file or an address; of several the first of these counts.',
      content: {
        'application/x-www-form-urlencoded': { schema: formOf(fields, ['thumbnail_size']) },
        'multipart/form-data': { schema: formOf({ ...fields, image: IMAGE_FILE }, ['thumbnail_size']) },
      },
    },
    responses: {
      '200': answerOf('The result.', ['Cache-Control', 'Vary'], PAGE),
      ...faultResponses('form'),
    },
  };
  return { get, head: headOf(get), post };
}

/** A Schema Object: a form with these fields and no other. */
function formOf(properties: Readonly<Record<string, object>>, required: readonly string[]): object {
  return { type: 'object', required, properties, additionalProperties: false };
}

function documentPath(): object {
  const get = {
    operationId: 'getOpenApi',
    summary: 'This document',
    parameters: parameterRefs(['If-None-Match', 'X-Request-Id']),
    responses: {
      '200': answerOf('This document.', ['Cache-Control', 'ETag'], {
        'application/json': { schema: { type: 'object' } },
      }),
      '304': answerOf('The client has it.', ['Cache-Control', 'ETag']),
      ...faultResponses('document'),
    },
  };
  return { get, head: headOf(get) };
}

/** Liveness and readiness; neither looks at the Host header or at anything else. */
function healthPaths(): Record<string, object> {
  const live = {
    operationId: 'getHealth',
    summary: 'Liveness',
    responses: { '200': healthAnswer('It serves.', 'ok') },
  };
  const ready = {
    operationId: 'getReadiness',
    summary: 'Readiness',
    responses: {
      '200': healthAnswer('It takes requests.', 'ok'),
      '503': healthAnswer('It was asked to stop.', 'stopping'),
    },
  };
  return { '/healthz': { get: live, head: headOf(live) }, '/readyz': { get: ready, head: headOf(ready) } };
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly responses: Readonly<Record<string, object>>;
}

/** As GET, without the bytes. */
function headOf(get: Operation): Operation {
  const heads = Object.entries(get.responses).map(([status, answer]) => [
    status,
    { ...answer, content: undefined },
  ]);
  return {
    ...get,
    operationId: get.operationId.replace('get', 'head'),
    summary: `${get.summary}: its headers alone`,
    responses: Object.fromEntries(heads) as Operation['responses'],
  };
}
