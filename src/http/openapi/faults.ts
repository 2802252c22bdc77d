import { ERROR_RESPONSES, type ErrorCode } from '../error-responses.ts';
import { answerOf } from './answers.ts';
import type { HeaderName } from './headers.ts';

/** Which requests can meet a fault. */
type Place = 'page' | 'form' | 'thumbnail' | 'upload' | 'purge' | 'document';

interface Fault {
  readonly when: string;
  readonly at: readonly Place[];
}

const EVERYWHERE = ['page', 'form', 'thumbnail', 'upload', 'purge', 'document'] as const;
const SOURCE_WORK = ['form', 'thumbnail'] as const;
const IMAGE_WORK = ['form', 'thumbnail', 'upload'] as const;
const BODIES = ['form', 'upload'] as const;

/** Where each code is met, and when; what has no route at all is met on no operation. */
const FAULTS: Readonly<Record<ErrorCode, Fault>> = {
  'invalid-request': {
    when: "a parameter or field is missing, malformed, repeated or unknown, the image is missing, or the source's scheme, port or user name is not allowed",
    at: ['form', 'thumbnail', 'upload', 'purge'],
  },
  'signature-required': {
    when: 'the request is unsigned, and only signed ones are answered, or it purges, or has a parameter that needs a signature',
    at: ['form', 'thumbnail', 'upload', 'purge'],
  },
  'signature-invalid': {
    when: 'the signature has expired, has an unknown key, or belongs to another request',
    at: ['thumbnail', 'upload', 'purge'],
  },
  'source-forbidden': {
    when: 'the source, or a redirect, leads to an address that is not public or not allowed by the operator; or the request was sent by a thumbnailer',
    at: EVERYWHERE,
  },
  'not-found': { when: 'there is no such route, or the operator has switched it off', at: [] },
  'method-not-allowed': { when: 'the route has no such method; Allow lists those that it has', at: [] },
  'source-not-found': { when: 'the source answered 404 or 410', at: SOURCE_WORK },
  'request-timeout': { when: 'the image in the body took too long to arrive', at: BODIES },
  'precondition-failed': { when: 'If-Match names another version of the thumbnail', at: ['thumbnail'] },
  'request-too-large': {
    when: 'the image in the body has too many bytes, or a form is too long',
    at: BODIES,
  },
  'unsupported-media-type': { when: 'the body is neither an image nor a form, or is compressed', at: BODIES },
  'origin-not-allowed': {
    when: 'a page of another site uploads, and the operator has not named that site',
    at: ['upload'],
  },
  'host-not-allowed': { when: 'Host is not a name of this service', at: EVERYWHERE },
  'source-too-large': { when: 'the source has too many bytes', at: SOURCE_WORK },
  'unsupported-image': { when: 'the image is in none of the accepted formats', at: IMAGE_WORK },
  'corrupt-image': { when: 'the image is incomplete or damaged', at: IMAGE_WORK },
  'image-too-large': {
    when: 'the image has too many pixels or too long a side, or needs too much memory',
    at: IMAGE_WORK,
  },
  'image-too-expensive': { when: 'decoding the image takes too much processor time', at: IMAGE_WORK },
  internal: { when: 'a defect of the service; quote the X-Request-Id', at: EVERYWHERE },
  'source-unreachable': { when: 'DNS, connection, TLS or protocol of the source failed', at: SOURCE_WORK },
  'source-refused': {
    when: 'the source answered with any other status, or its redirects lead nowhere',
    at: SOURCE_WORK,
  },
  overloaded: {
    when: 'at capacity or stopping, or the cache cannot record a purge; try again after Retry-After',
    at: [...IMAGE_WORK, 'purge'],
  },
  'source-timeout': { when: 'the source took too long', at: SOURCE_WORK },
};

/** Those that may say when to try again. */
const FOR_LATER: readonly ErrorCode[] = ['overloaded', 'source-timeout', 'source-refused'];

const CODES = Object.keys(ERROR_RESPONSES) as ErrorCode[];

/** RFC 9457, with the code that a program should go by. */
export const PROBLEM_SCHEMA = {
  type: 'object',
  description: 'A problem document (RFC 9457).',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code'],
  properties: {
    type: { const: 'about:blank' },
    title: { type: 'string', description: 'What has failed; the same for every error with this code.' },
    status: { enum: [...new Set(CODES.map((code) => ERROR_RESPONSES[code].status))] },
    detail: { type: 'string', description: 'What happened and what to do about it, for a person.' },
    instance: { type: 'string', format: 'uri', description: 'urn:request: and the X-Request-Id.' },
    code: { enum: CODES, description: 'Stable; use this one in programs.' },
  },
} as const;

/** The answers to all faults that requests of this kind can meet, by status. */
export function faultResponses(place: Place): Record<string, object> {
  const met = CODES.filter((code) => FAULTS[code].at.includes(place));
  const headers: readonly HeaderName[] = place === 'page' ? [] : ['Vary'];
  const statuses = new Set(met.map((code) => ERROR_RESPONSES[code].status));
  return Object.fromEntries(
    [...statuses].map((status) => {
      const codes = met.filter((code) => ERROR_RESPONSES[code].status === status);
      return [String(status), faultAnswer(codes, mediaTypesAt(place), headers)];
    }),
  );
}

/** The answer to a method that a route does not have. */
export function strayResponses(): Record<string, object> {
  return { NoSuchMethod: faultAnswer(['method-not-allowed'], [PROBLEM, PAGE], ['Allow', 'Vary']) };
}
export const NO_SUCH_METHOD = { $ref: '#/components/responses/NoSuchMethod' };

/** What each code means, in the order of its status. */
export const CODE_MEANINGS = CODES.map((code) => ({
  code,
  when: FAULTS[code].when,
  ...ERROR_RESPONSES[code],
}));

const PROBLEM = 'application/problem+json';
const PAGE = 'text/html';

function mediaTypesAt(place: Place): readonly string[] {
  if (place === 'page' || place === 'form') return [PAGE];
  // A browser that opens the document itself is told in HTML what is wrong.
  return place === 'document' ? [PROBLEM, PAGE] : [PROBLEM];
}

function faultAnswer(
  codes: readonly ErrorCode[],
  mediaTypes: readonly string[],
  headers: readonly HeaderName[],
): object {
  const contents: [string, object][] = mediaTypes.map((type) => [
    type,
    { schema: type === PROBLEM ? problemOf(codes) : PAGE_SCHEMA },
  ]);
  const retryAfter = codes.some((code) => FOR_LATER.includes(code)) ? (['Retry-After'] as const) : [];
  return answerOf(
    codes.map(inWords).join(' '),
    ['Cache-Control', ...headers, ...retryAfter],
    Object.fromEntries(contents),
  );
}

export const PAGE_SCHEMA = { type: 'string', description: 'A page for people.' };

function problemOf(codes: readonly ErrorCode[]): object {
  return {
    allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { code: { enum: codes } } }],
  };
}

function inWords(code: ErrorCode): string {
  return `\`${code}\`: ${FAULTS[code].when}.`;
}
