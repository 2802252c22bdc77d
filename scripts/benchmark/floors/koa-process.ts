/** Koa with a single middleware: what anybody's service on Koa costs at least. */
import Koa from 'koa';
import { answerParent } from '../child-side.ts';
import { listenOnLoopback } from './listen.ts';
import type { FloorHandlers, StoredAnswer } from './stored-answers.ts';

const answers = new Map<string, StoredAnswer & { readonly body: Buffer }>();
const handlers: FloorHandlers = {
  async listen(options) {
    for (const answer of options.answers)
      answers.set(answer.request, { ...answer, body: Buffer.from(answer.body) });
    const app = new Koa();
    app.use((ctx) => {
      const answer = answers.get(`${ctx.method} ${ctx.url}`);
      if (answer === undefined) return;
      ctx.type = answer.type;
      ctx.set('ETag', answer.etag);
      if (answer.etag !== '' && ctx.get('If-None-Match') === answer.etag) ctx.status = 304;
      else ctx.body = answer.body;
    });
    const listener = app.callback();
    return listenOnLoopback((request, response) => void listener(request, response));
  },
};
answerParent(handlers);
