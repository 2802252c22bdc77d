import packageJson from '../../../package.json' with { type: 'json' };
import type { OptionLimits } from '../../domain/request/option.ts';
import { answerOf, healthAnswer } from './answers.ts';
import { PAGE_SCHEMA, PROBLEM_SCHEMA, faultResponses, strayResponses } from './faults.ts';
import { BROWSER_HEADERS, HEADERS, SCRIPT_HEADERS } from './headers.ts';
import { INFO_SCHEMA, infoPath } from './info-path.ts';
import { IMAGE_FILE, formOf, headOf, preflightOf } from './operations.ts';
import { SOURCE_SCHEMA, parameterComponents, parameterRefs } from './parameters.ts';
import { thumbnailPath } from './thumbnail-path.ts';
import { type Site, WHOLE_SITE } from '../site.ts';
import { FORM_OPTIONS } from '../pages/form-options.ts';
import { SAMPLES } from '../pages/page-samples.ts';

const DESCRIPTION = `Thumbnails of images on the web.

Unknown, repeated and malformed parameters are refused. Errors are problem documents with a stable \`code\`. Any other
path is answered with 404 and the code \`not-found\`, any other method with 405 and \`method-not-allowed\`; see the
responses under components.

Every answer except health checks also has these headers, for browsers; a thumbnail has only
\`Content-Security-Policy\`, \`Cross-Origin-Resource-Policy\`, \`X-Content-Type-Options\` and, with \`HSTS=on\`,
\`Strict-Transport-Security\`:

${listOf(BROWSER_HEADERS)}

Thumbnails, infos, this document and all problem documents also have these, where the operator's \`ALLOWED_ORIGINS\` says so (by
default for any origin, except for uploads and purges):

${listOf(SCRIPT_HEADERS)}`;

const PAGE = { 'text/html': { schema: PAGE_SCHEMA } };

/**
 * The OpenAPI 3.1 document of the whole public interface. The files that pages load, samples among them, are not in it:
 * their addresses change with their content, and only a page knows them. Neither are metrics, which have a port of
 * their own.
 *
 * @param limits what may be asked for
 * @param site where, and which parts of the interface there are
 */
export function openApiDocument(limits: OptionLimits, site: Site = WHOLE_SITE): object {
  return {
    openapi: '3.1.1',
    info: {
      title: 'Thumbnailer',
      version: packageJson.version,
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: site.basePath || '/' }],
    paths: {
      '/thumbnail': thumbnailPath(site),
      '/info': infoPath(site),
      '/': formPath(limits, site),
      '/openapi.json': documentPath(),
      ...healthPaths(),
    },
    components: {
      schemas: { Problem: PROBLEM_SCHEMA, Info: INFO_SCHEMA },
      parameters: parameterComponents(limits),
      headers: HEADERS,
      responses: strayResponses(),
    },
  };
}

function listOf(meanings: Readonly<Record<string, string>>): string {
  return Object.entries(meanings)
    .map(([name, meaning]) => `- \`${name}\`: ${meaning}`)
    .join('\n');
}

function formPath(limits: OptionLimits, site: Site): object {
  const options = FORM_OPTIONS.map(({ field, none, choices }) => {
    const values = choices(limits);
    return [field, { enum: none === undefined ? values : ['', ...values] }] as const;
  });
  const required = FORM_OPTIONS.filter(
    ({ none, option }) => none === undefined && option.default === undefined,
  ).map(({ field }) => field);
  const fields = {
    image_url: SOURCE_SCHEMA,
    ...Object.fromEntries(options),
    sample: { enum: SAMPLES.map(({ name }) => name) },
  };
  const get = site.form === 'on' ? formOperation(fields) : ABOUT;
  const post = {
    operationId: 'submitForm',
    summary: 'The page with a thumbnail and its details, for people',
    parameters: parameterRefs(['X-Request-Id']),
    requestBody: {
      required: true,
      description: 'A sample, a file or a URL. A sample takes precedence over a file, and a file over a URL.',
      content: {
        'application/x-www-form-urlencoded': { schema: formOf(fields, required) },
        'multipart/form-data': {
          schema: formOf(site.uploads ? { ...fields, image: IMAGE_FILE } : fields, required),
        },
      },
    },
    responses: {
      '200': answerOf('The result.', ['Cache-Control', 'Vary'], PAGE),
      ...faultResponses('form'),
    },
  };
  return { get, head: headOf(get), ...(site.form !== 'off' && { post }) };
}

/** `GET /` where there is no form. */
const ABOUT = {
  operationId: 'getForm',
  summary: 'What this service is, for people',
  parameters: parameterRefs(['X-Request-Id']),
  responses: { '200': answerOf('The page.', ['Cache-Control'], PAGE), ...faultResponses('page') },
};

/** `GET /`: with `image_url` or `sample` what the form answers, so that a result has an address. */
function formOperation(fields: Readonly<Record<string, object>>) {
  const query = Object.entries(fields).map(([name, schema]) => ({ name, in: 'query', schema }));
  return {
    operationId: 'getForm',
    summary: 'The form, for people; with an image, the page with its thumbnail',
    parameters: [...query, ...parameterRefs(['X-Request-Id'])],
    responses: {
      '200': answerOf('The page.', ['Cache-Control', 'Vary'], PAGE),
      ...faultResponses('form'),
    },
  };
}

function documentPath(): object {
  const get = {
    operationId: 'getOpenApi',
    summary: 'This document',
    parameters: parameterRefs(['If-None-Match', 'X-Request-Id']),
    responses: {
      '200': answerOf('This document.', ['Cache-Control', 'ETag', 'Vary'], {
        'application/json': { schema: { type: 'object' } },
      }),
      '304': answerOf('The client has this version.', ['Cache-Control', 'ETag', 'Vary']),
      ...faultResponses('document'),
    },
  };
  return { get, head: headOf(get), options: preflightOf('preflightOpenApi') };
}

/** Liveness and readiness; neither looks at the Host header or at anything else. */
function healthPaths(): Record<string, object> {
  const live = {
    operationId: 'getHealth',
    summary: 'Liveness',
    responses: { '200': healthAnswer('The process serves requests.', 'ok') },
  };
  const ready = {
    operationId: 'getReadiness',
    summary: 'Readiness',
    responses: {
      '200': healthAnswer('The process accepts requests.', 'ok'),
      '503': healthAnswer('The process was asked to stop.', 'stopping'),
    },
  };
  return { '/healthz': { get: live, head: headOf(live) }, '/readyz': { get: ready, head: headOf(ready) } };
}
