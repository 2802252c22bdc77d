/** node:http and a Map: the least that a server in JavaScript can do. */
import { answerParent } from '../child-side.ts';
import { listenOnLoopback } from './listen.ts';
import type { FloorHandlers, StoredAnswer } from './stored-answers.ts';

const answers = new Map<string, StoredAnswer>();
const handlers: FloorHandlers = {
  async listen(options) {
    for (const answer of options.answers) answers.set(answer.request, answer);
    return listenOnLoopback((request, response) => {
      request.resume();
      const answer = answers.get(`${request.method ?? ''} ${request.url ?? ''}`);
      if (answer === undefined) {
        response.writeHead(404, { 'content-length': 0 }).end();
      } else if (request.headers['if-none-match'] === answer.etag) {
        response.writeHead(304, { etag: answer.etag }).end();
      } else {
        const { body, type, etag } = answer;
        response.writeHead(200, { 'content-type': type, 'content-length': body.length, etag }).end(body);
      }
    });
  },
};
answerParent(handlers);
