import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { ConstantLoad } from './constant-load.ts';
import { IMAGE, docker, run, whyNoContainers } from './docker.ts';
import { describeUnless } from '../support/describe-with.ts';

const PROJECT = join(import.meta.dirname, '../..');
const TASKS = ['task-1', 'task-2', 'task-3'];
const BALANCER = 'http://localhost:8001';
const whyNot =
  whyNoContainers() ?? (run('compose', 'version').code === 0 ? undefined : 'not installed: docker compose');

describeUnless(whyNot, 'compose.yaml, started', function () {
  this.timeout(300_000);
  const stack = new AsyncDisposableStack();
  let compose: (...args: readonly string[]) => string;

  before(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'thumbnailer-'));
    stack.defer(async () => rm(folder, { recursive: true }));
    const additions = join(folder, 'additions.yaml');
    await writeFile(additions, JSON.stringify(withOrigin()));
    const files = ['--file', join(PROJECT, 'compose.yaml'), '--file', additions];
    // Another file, as to leave out what an old engine does not know.
    const more = process.env['COMPOSE_ADDITIONS'];
    if (more !== undefined) files.push('--file', more);
    compose = (...args) => docker('compose', ...files, ...args);
    stack.defer(() => void compose('down', '--timeout', '30'));
    compose('up', '--detach', '--wait', '--no-build');
  });
  after(() => stack.disposeAsync());

  it('fails no request while each task is restarted in turn under load', async () => {
    const source = encodeURIComponent('http://origin:8000/samples/lake.jpg');
    const thumbnails = [64, 128, 256].map((size) => `${BALANCER}/thumbnail?url=${source}&size=${size}`);
    await using load = new ConstantLoad([...thumbnails, `${BALANCER}/`], 4);
    for (const task of TASKS) {
      compose('restart', '--timeout', '30', task);
      // Until the balancer, too, has asked it twice.
      compose('up', '--detach', '--wait', '--no-build', '--no-recreate');
      await sleep(3000);
    }
    await load.stopAfter(2000);

    expect(load.failures).to.deep.equal([]);
  });

  it('makes each thumbnail once for all tasks', () => {
    const requests = TASKS.flatMap((task) => logOf(task)).filter(({ route }) => route === '/thumbnail');
    const hits = requests.filter(({ cache }) => cache === 'hit');
    expect(new Set(hits.map(({ tier }) => tier))).to.deep.equal(new Set(['memcached']));
    expect(hits.length).to.be.above(0.95 * requests.length);
  });

  const logOf = (task: string) =>
    compose('logs', '--no-log-prefix', task)
      .split('\n')
      .map((line) => JSON.parse(line) as { route?: string; cache?: string; tier?: string });
});

/** The image under test, and another one whose samples are sources. */
function withOrigin() {
  const environment = { ALLOWED_PRIVATE_NETWORKS: '0.0.0.0/0', ALLOWED_SOURCE_PORTS: '8000' };
  const tasks = TASKS.map((task) => [task, { image: IMAGE, environment }] as const);
  const origin = { image: IMAGE, environment: { ALLOWED_HOSTS: 'origin' } };
  return { services: { ...Object.fromEntries(tasks), origin } };
}
