import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';

const PROJECT = join(import.meta.dirname, '../..');
const hasCompose = spawnSync('docker', ['compose', 'version']).status === 0;

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly healthcheck?: Readonly<Record<string, string>>;
  readonly depends_on?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly hostname?: string;
}

describe('compose.yaml', () => {
  const text = readFileSync(join(PROJECT, 'compose.yaml'), 'utf8');
  const { services } = parse(text, { merge: true }) as {
    readonly services: Readonly<Record<string, Service>>;
  };
  const all = Object.entries(services);

  it('keeps the rules by which Compose refuses to start', () => {
    for (const [name, { image, build, healthcheck = {}, depends_on: needed = [] }] of all) {
      expect(image ?? build, name).to.be.a('string');
      // "healthcheck.start_interval requires healthcheck.start_period to be set", whatever the image says.
      if ('start_interval' in healthcheck) expect(healthcheck, name).to.have.property('start_period');
      for (const other of needed) expect(services, name).to.have.property(other);
    }
  });

  it('mounts what is there, and gives HAProxy each variable that its configuration names', () => {
    for (const [name, { volumes = [] }] of all)
      for (const volume of volumes)
        expect(existsSync(join(PROJECT, volume.split(':')[0]!)), `${name}: ${volume}`).to.equal(true);
    const configuration = readFileSync(join(PROJECT, 'deploy/compose/haproxy.cfg'), 'utf8');
    const named = [...configuration.matchAll(/\$\{?([A-Z_\d]+)\}?/g)].map(([, name]) => name!);
    expect(named).to.not.be.empty;
    expect(services['balancer']!.environment).to.include.all.keys(...named);
  });

  it('gives the tasks the user and the server that memcached has', () => {
    const [user = '', password] = readFileSync(join(PROJECT, 'deploy/compose/memcached/users'), 'utf8')
      .trim()
      .split(':');
    for (const [name, { environment }] of all.filter(([key]) => key.startsWith('task-'))) {
      expect(environment, name).to.include({
        MEMCACHIER_USERNAME: user,
        MEMCACHIER_PASSWORD: password,
        MEMCACHIER_SERVER: 'memcached:11211',
      });
      expect(user).to.match(new RegExp(`@${services['memcached']!.hostname!}$`));
    }
  });

  it(`is taken by Compose itself${hasCompose ? '' : ' (skipped: docker compose is not installed)'}`, function () {
    if (!hasCompose) this.skip();
    const { status, stderr } = spawnSync('docker', ['compose', 'config', '--quiet'], {
      cwd: PROJECT,
      encoding: 'utf8',
    });
    expect(stderr).to.equal('');
    expect(status).to.equal(0);
  });
});
