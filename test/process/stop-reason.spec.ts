import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';

const MODULE = new URL('../../src/process/stop-reason.ts', import.meta.url).href;

/** What a process says that is asked to stop, and then meets two errors outside of any request. */
const STOPPED = `
  import { stopReason } from '${MODULE}';
  const reason = stopReason({ repeats: 'ignore', onError: ({ message }) => console.log(message) });
  const alive = setInterval(() => undefined, 1000);
  process.kill(process.pid, 'SIGTERM');
  console.log((await reason).signal);
  for (const text of ['first', 'second']) setTimeout(() => { throw new Error(text); });
  setTimeout(() => {
    console.log('done');
    clearInterval(alive);
  }, 50);
`;

describe('stopReason', () => {
  it('tells of every error outside any request, those while the process is stopping too', async () => {
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', STOPPED]);
    expect((await run).stdout).to.equal('SIGTERM\nfirst\nsecond\ndone\n');
  });
});
