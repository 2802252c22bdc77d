import type { IncomingMessage, ServerResponse } from 'node:http';
import { goodUntilMs, keptUntilMs } from '../../domain/cache/negative-caching.ts';
import type { LifetimePolicy } from '../../domain/source/freshness.ts';
import type { MadeResult, Timings } from '../../domain/making/thumbnail-service.ts';
import type { CrossOrigin } from '../cross-origin.ts';
import { type SecurityHeaderOptions, securityHeadersOfImage } from '../middleware/security-headers.ts';
import type { RequestState } from '../server/request-state.ts';
import { checkIfMatch, matchesEtag } from './etag.ts';
import { cacheControl } from './max-age.ts';

export interface AnswerOptions extends SecurityHeaderOptions {
  /** Who may read thumbnails from scripts. */
  readonly crossOrigin: CrossOrigin;
  /** How long thumbnails are kept, fresh or stale. */
  readonly lifetimes: LifetimePolicy;
}

export interface Answer {
  readonly state: RequestState;
  readonly result: MadeResult;
  readonly body: AnswerBody;
  /** Whether the answer depends on `Accept`. */
  readonly negotiated: boolean;
  /** 200, unless it is given. */
  readonly status?: number;
  /** In place of those that a thumbnail has otherwise. */
  readonly headers?: HeaderFields;
}

type HeaderFields = Readonly<Record<string, string>>;

const NONE: HeaderFields = {};

/** What is sent. */
export interface AnswerBody {
  readonly bytes: Buffer;
  /** Its media type. */
  readonly type: string;
  /** Strong validator of the bytes, without quotation marks; undefined where nobody is to validate them. */
  readonly etag: string | undefined;
  /** `Content-Disposition`, where it may be saved as a file. */
  readonly disposition?: string | undefined;
}

/**
 * Sends a thumbnail or an info, or that the client has it already. This is the one way in which they are answered: hits,
 * which come here before the application is asked, and what was made, uploads included.
 *
 * It throws, and sends nothing, where the client wants another one (`If-Match`).
 */
export type SendAnswer = (request: IncomingMessage, response: ServerResponse, answer: Answer) => void;

export function answerSender(options: AnswerOptions): SendAnswer {
  // One flat list, which Node takes too: an object of as many headers costs more to put together than to send.
  const settings = { ...options, fixedHeaders: Object.entries(securityHeadersOfImage(options)).flat() };
  return (request, response, answer) => sendAnswer(request, response, answer, settings);
}

interface AnswerSettings extends AnswerOptions {
  readonly fixedHeaders: readonly string[];
}

function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  { state, result, body, negotiated, headers = NONE, status = 200 }: Answer,
  { crossOrigin, fixedHeaders: fixed, lifetimes }: AnswerSettings,
): void {
  const { bytes, type, etag, disposition } = body;
  if (etag !== undefined && request.method !== 'POST') checkIfMatch(request.headers['if-match'], etag);
  const list = [...fixed, ...crossOrigin.headersFor(request), 'X-Request-Id', state.requestId];
  if (etag !== undefined) list.push('ETag', `"${etag}"`);
  const own = headersOf(result, state, lifetimes);
  for (const name in own) if (headers[name] === undefined) list.push(name, own[name] ?? '');
  for (const name in headers) list.push(name, headers[name] ?? '');
  if (disposition !== undefined) list.push('Content-Disposition', disposition);
  const varies = crossOrigin.dependsOnOrigin(request.method);
  if (negotiated) list.push('Vary', varies ? 'Accept, Origin' : 'Accept');
  else if (varies) list.push('Vary', 'Origin');
  state.result = result;
  if (isKnown(request, etag)) {
    response.writeHead(304, list).end();
    return;
  }
  list.push('Content-Type', type, 'Content-Length', String(bytes.length));
  response.writeHead(status, list);
  if (request.method === 'HEAD') response.end();
  else response.end(bytes);
}

/** Whether the client has it already. */
function isKnown({ method, headers }: IncomingMessage, etag: string | undefined): boolean {
  return etag !== undefined && matchesEtag(headers['if-none-match'] ?? '', etag) && method !== 'POST';
}

function headersOf(
  result: MadeResult,
  { signature, startedAtMs }: RequestState,
  lifetimes: LifetimePolicy,
): HeaderFields {
  const { entry, isPrivate = false, timings } = result;
  const freshSeconds = secondsUntil(entry.freshUntilMs);
  const keptSeconds = secondsUntil(keptUntilMs(entry, lifetimes));
  const staleSeconds = entry.mustRevalidate === true ? 0 : keptSeconds;
  const ages = { freshSeconds, staleSeconds, goodSeconds: secondsUntil(goodUntilMs(entry, lifetimes)) };
  return {
    'Cache-Control': isPrivate ? 'private, no-store' : cacheControl(ages, signature),
    'Cache-Status': cacheStatus(result, freshSeconds),
    'Server-Timing': serverTiming(timings, performance.now() - startedAtMs),
    // A thumbnail is there to be shown on other sites.
    'Cross-Origin-Resource-Policy': 'cross-origin',
  };
}

/** Below zero where that is over. */
function secondsUntil(timeMs: number): number {
  return Math.floor((timeMs - Date.now()) / 1000);
}

/** RFC 9211; a stale hit has a time below zero. */
function cacheStatus(result: MadeResult, ttlSeconds: number): string {
  const { cacheStatus: status, isCollapsed = false, forwarded = 'uri-miss', stored } = result;
  if (status !== 'miss') return `thumbnailer; hit; ttl=${ttlSeconds}`;
  return `thumbnailer; fwd=${forwarded}${stored ? '; stored' : ''}${isCollapsed ? '; collapsed' : ''}`;
}

/** In milliseconds, as the Server Timing specification has it; a stage that did not take place is left out. */
function serverTiming({ cacheMs, waitMs, fetchMs, resizeMs }: Timings, totalMs: number): string {
  const made = stage('wait', waitMs) + stage('fetch', fetchMs) + stage('resize', resizeMs);
  return `${stage('cache', cacheMs)}${made}total;dur=${totalMs.toFixed(1)}`;
}

function stage(name: string, milliseconds: number | undefined): string {
  return milliseconds === undefined ? '' : `${name};dur=${milliseconds.toFixed(1)}, `;
}
