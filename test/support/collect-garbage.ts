import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Frees all that nothing leads to any more, which V8 by itself does when it likes. */
export const collectGarbage = runInNewContext('gc') as () => void;
