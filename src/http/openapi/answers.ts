import { type HeaderName, headerRefs } from './headers.ts';

/** Media type to what it holds; empty where an answer has no body. */
type Content = Readonly<Record<string, object>>;

/** A Response Object: what it means, with which headers beside the id of the request, and with what body. */
export function answerOf(description: string, headers: readonly HeaderName[], content: Content = {}): object {
  const hasBody = Object.keys(content).length > 0;
  const own: readonly HeaderName[] = hasBody ? ['Content-Length', ...headers] : headers;
  return { description, headers: headerRefs([...own, 'X-Request-Id']), ...(hasBody && { content }) };
}

/** What the HTTP parser itself answers, on any route. */
export const UNREADABLE = {
  description: 'The request is not valid HTTP.',
  headers: headerRefs(['Cache-Control', 'Content-Length']),
  content: {
    'application/problem+json': {
      schema: { type: 'object', description: 'A problem document without an `instance`.' },
    },
  },
};

/** Of the routes about health, which are asked before anything else is looked at. */
export function healthAnswer(description: string, word: string): object {
  return {
    description,
    headers: headerRefs(['Cache-Control', 'Content-Length']),
    content: { 'text/plain': { schema: { const: `${word}\n` } } },
  };
}
