import { STATUS_CODES, type Server } from 'node:http';
import type { InFlightResponses } from './in-flight-responses.ts';
import { HttpFault, type Problem, toProblem } from '../error-responses.ts';
import { InvalidRequestError } from '../../domain/errors/index.ts';

/** What Node's parser makes of a request that it cannot read. */
type ParserError = Error & { readonly code?: string; readonly rawPacket?: Uint8Array };

/** Answers what the HTTP parser refuses with a problem document, as all else, and closes the connection. */
export function answerUnreadable(server: Server, inFlight: InFlightResponses): void {
  server.on('checkExpectation', (_request, response) => {
    const { body, headers } = problemOf(417, EXPECTATION_FAILED);
    response.writeHead(417, headers).end(body);
  });
  server.on('clientError', function refuse(error: ParserError, socket) {
    const response = inFlight.responseOn(socket);
    if (response?.req.complete === true && socket.writable) {
      // It came behind requests that are answered first: nothing may be written into that, and nothing more is read.
      socket.pause();
      response.once('close', () => refuse(error, socket));
      return;
    }
    const hasBegun = response?.headersSent === true;
    if (error.code !== 'ECONNRESET' && socket.writable && !hasBegun) socket.write(answerTo(error));
    socket.destroy(error);
  });
}

const EXPECTATION_FAILED = new InvalidRequestError(
  'request',
  'Expect must be 100-continue. Send that, or no Expect.',
);

/** For a connection whose request was never handed on. */
function answerTo(error: ParserError): string {
  const [status, fault] = faultOf(error);
  const { body, headers } = problemOf(status, fault);
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n${body}`;
}

function problemOf(status: number, fault: Error) {
  const { title, detail, code }: Problem = toProblem(fault);
  const body = JSON.stringify({ type: 'about:blank', title, status, detail, code });
  const headers = {
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    Connection: 'close',
  };
  return { body, headers };
}

function faultOf({ code, rawPacket }: ParserError): readonly [status: number, fault: Error] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return [
        431,
        new HttpFault('request-too-large', 'The URL or the header fields are too long. Send fewer.'),
      ];
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return [413, new HttpFault('request-too-large', 'The chunk extensions are too long. Send none.')];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [408, new HttpFault('request-timeout', 'The request did not arrive in time. Send it again.')];
    default:
      return [400, new InvalidRequestError('request', sentenceFor(rawPacket))];
  }
}

/** A URL that was pasted into a program is what people send most often that no parser takes. */
function sentenceFor(rawPacket: Uint8Array | undefined): string {
  const [line = ''] = Buffer.from(rawPacket ?? [])
    .toString('latin1')
    .split('\n', 1);
  const [method = ''] = /^[A-Z]+ /.exec(line) ?? [];
  const target = line.slice(method.length, Math.max(0, line.lastIndexOf(' HTTP/')));
  return method !== '' && (/[\x80-\xff]/.test(line) || target.includes(' '))
    ? "The request's URL has letters or spaces that are not percent-encoded. Percent-encode the URL of the image, as encodeURIComponent does."
    : 'The request is not valid HTTP. Check the program that sent it.';
}
