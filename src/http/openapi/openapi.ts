import packageJson from '../../../package.json' with { type: 'json' };
import type { OptionLimits } from '../../domain/request/option.ts';
import { UNREADABLE, answerOf, healthAnswer } from './answers.ts';
import { PAGE_SCHEMA, PROBLEM_SCHEMA, faultResponses, strayResponses } from './faults.ts';
import { BROWSER_HEADERS, HEADERS, SCRIPT_HEADERS } from './headers.ts';
import { INFO_SCHEMA, infoPath } from './info-path.ts';
import { IMAGE_FILE, formOf, headOf, preflightOf } from './operations.ts';
import { SOURCE_SCHEMA, parameterComponents, parameterRefs } from './parameters.ts';
import { PAGES, SERVICE, TAGS } from './tags.ts';
import { thumbnailPath } from './thumbnail-path.ts';
import { type Site, WHOLE_SITE, hasForm } from '../site.ts';
import { FORM_OPTIONS } from '../pages/form-options.ts';
import { samplesIn } from '../pages/page-samples.ts';

const DESCRIPTION = `Thumbnails of images on the web.

Unknown, repeated and malformed parameters are refused. Errors are problem documents with a stable \`code\`. Any other
path gets 404 and the code \`not-found\`, any other method 405 and \`method-not-allowed\`.

No request needs credentials. Some options, and purges, need a signature: see the parameters \`key\`, \`expires\` and
\`signature\`.

Every answer except health checks also has these headers, for browsers; a thumbnail has only
\`Content-Security-Policy\`, \`Cross-Origin-Resource-Policy\`, \`X-Content-Type-Options\` and, with \`HSTS=on\`,
\`Strict-Transport-Security\`:

${listOf(BROWSER_HEADERS)}

Thumbnails, infos, this document and all problem documents also have these, where the operator's \`ALLOWED_ORIGINS\` says so (by
default for any origin, except for uploads and purges):

${listOf(SCRIPT_HEADERS)}`;

/** Operations that the form of `/docs` can ask for. */
export const TRIABLE = ['getThumbnail', 'getInfo'] as const;

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
      contact: { name: 'The operator of this service' },
      license: { name: 'MIT', identifier: 'MIT' },
    },
    security: [],
    tags: TAGS,
    servers: [{ url: site.basePath || '/' }],
    paths: {
      '/thumbnail': thumbnailPath(site),
      '/info': infoPath(site),
      '/': formPath(limits, site),
      '/docs': docsPath(),
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
  const samples = samplesIn(site.inputFormats).map(({ name }) => name);
  const fields = {
    image_url: SOURCE_SCHEMA,
    ...Object.fromEntries(options),
    ...(samples.length > 0 && { sample: { enum: samples } }),
  };
  const get = hasForm(site) ? formOperation(fields) : ABOUT;
  const post = {
    operationId: 'submitForm',
    tags: [PAGES],
    summary: 'The page with a thumbnail and its details',
    description:
      'What the form sends. If something goes wrong, the answer is the form again, with the error.',
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
  tags: [PAGES],
  summary: 'What this service is',
  description: 'Stands in for the form, and points to the description of the API.',
  parameters: parameterRefs(['X-Request-Id']),
  responses: { '200': answerOf('The page.', ['Cache-Control'], PAGE), ...faultResponses('page') },
};

/** `GET /`: with `image_url` or `sample` what the form answers, so that a result has an address. */
function formOperation(fields: Readonly<Record<string, object>>) {
  const query = Object.entries(fields).map(([name, schema]) => ({ name, in: 'query', schema }));
  return {
    operationId: 'getForm',
    tags: [PAGES],
    summary: 'The form',
    description:
      'With `image_url` or `sample`: the page with its thumbnail, so that a result can be shared and bookmarked. Unknown parameters are ignored.',
    parameters: [...query, ...parameterRefs(['X-Request-Id'])],
    responses: {
      '200': answerOf('The page.', ['Cache-Control', 'Vary'], PAGE),
      ...faultResponses('form'),
    },
  };
}

/** `GET /docs`; its form to try an operation sends that operation's parameters to it. */
function docsPath(): object {
  const get = {
    operationId: 'getDocs',
    tags: [PAGES],
    summary: 'The API, described for people',
    description:
      'Every parameter, header and code, with examples. With `try` and the parameters of that operation: also the request that they make. Unknown parameters are ignored.',
    parameters: [
      { name: 'try', in: 'query', schema: { enum: TRIABLE }, example: TRIABLE[0] },
      ...parameterRefs(['X-Request-Id']),
    ],
    responses: { '200': answerOf('The page.', ['Cache-Control'], PAGE), ...faultResponses('document') },
  };
  return { get, head: headOf(get) };
}

function documentPath(): object {
  const get = {
    operationId: 'getOpenApi',
    tags: [SERVICE],
    summary: 'This document',
    description: 'The OpenAPI 3.1 document of this service, with the sizes that the operator has configured.',
    parameters: parameterRefs(['If-None-Match', 'X-Request-Id']),
    responses: {
      '200': answerOf('This document.', ['Cache-Control', 'ETag', 'Vary'], {
        'application/json': { schema: { type: 'object' } },
      }),
      '304': answerOf('The client has this version.', ['Cache-Control', 'ETag', 'Vary']),
      ...faultResponses('document'),
    },
  };
  return { get, head: headOf(get), options: preflightOf('preflightOpenApi', SERVICE) };
}

/** Liveness and readiness; neither looks at the Host header or at anything else. */
function healthPaths(): Record<string, object> {
  const live = {
    operationId: 'getHealth',
    tags: [SERVICE],
    summary: 'Liveness',
    description: 'For probes. It depends on nothing outside the process, and not on the `Host` header.',
    responses: { '200': healthAnswer('The process serves requests.', 'ok'), '400': UNREADABLE },
  };
  const ready = {
    operationId: 'getReadiness',
    tags: [SERVICE],
    summary: 'Readiness',
    description: 'For load balancers. From the moment the process is asked to stop, it answers 503.',
    responses: {
      '200': healthAnswer('The process accepts requests.', 'ok'),
      '400': UNREADABLE,
      '503': healthAnswer('The process was asked to stop.', 'stopping'),
    },
  };
  return { '/healthz': { get: live, head: headOf(live) }, '/readyz': { get: ready, head: headOf(ready) } };
}
