import type Router from '@koa/router';
import { HttpFault } from './error-responses.ts';
import type { RequestState } from './server/request-state.ts';

/** By this name of a route, `Allow` can leave it out. */
export const SWITCHED_OFF = 'switched off';

/** What is asked for is not there, although its path has other methods. */
export function switchedOffFault(): HttpFault {
  return new HttpFault(
    'not-found',
    'The operator of this service has switched this off. Ask them if you need it.',
  );
}

/** `POST` of what the operator has switched off. */
export function switchedOff(router: Router<RequestState>, path: string): void {
  router.post(SWITCHED_OFF, path, () => {
    throw switchedOffFault();
  });
}
