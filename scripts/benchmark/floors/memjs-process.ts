/** node:http, which asks memcached through memjs for each answer. */
import { Client } from 'memjs';
import { answerParent } from '../child-side.ts';
import { serveFromCache } from './behind-cache.ts';
import type { FloorHandlers } from './stored-answers.ts';

const handlers: FloorHandlers = {
  async listen({ answers, cacheServer }) {
    const client = Client.create(cacheServer);
    return serveFromCache(answers, {
      set: (key, value) => client.set(key, value, { expires: 3600 }),
      get: (key, done) => client.get(key, (_error, value) => done(value ?? undefined)),
    });
  },
};
answerParent(handlers);
