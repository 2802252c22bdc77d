/** node:http, which asks Redis through ioredis for each answer. */
import { Redis } from 'ioredis';
import { answerParent } from '../child-side.ts';
import { serveFromCache } from './behind-cache.ts';
import type { FloorHandlers } from './stored-answers.ts';

const handlers: FloorHandlers = {
  async listen({ answers, cacheServer }) {
    const client = new Redis(`redis://${cacheServer}`);
    return serveFromCache(answers, {
      set: (key, value) => client.set(key, value),
      get: (key, done) =>
        void client.getBuffer(key).then(
          (value) => done(value ?? undefined),
          () => done(undefined),
        ),
    });
  },
};
answerParent(handlers);
