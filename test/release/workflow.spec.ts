import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, { readonly container: string; readonly steps: readonly Step[] }>>;
}

const PROJECT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(PROJECT, path), 'utf8');

describe('the workflow of continuous integration', () => {
  const text = read('.github/workflows/check.yml');
  const { on, permissions, jobs } = parse(text) as Workflow;
  const job = jobs['check']!;

  it('runs .ci/run, and the tests of the container image, and nothing beside them', () => {
    expect(Object.keys(jobs)).to.deep.equal(['check', 'containers']);
    expect(jobs['containers']!.steps.flatMap(({ run }) => run ?? [])).to.deep.equal([
      'docker build --tag thumbnailer .',
      'npm ci',
      'npx mocha test/deployment/container.spec.ts test/deployment/compose-up.spec.ts',
    ]);
    expect(job.steps.flatMap(({ run }) => run ?? [])).to.deep.equal(['.ci/run']);
    expect(statSync(join(PROJECT, '.ci/run')).mode & 0o111).to.equal(0o111);
  });

  it('runs it always, and counts what it says', () => {
    expect(on).to.have.keys('push', 'pull_request');
    expect(on['push']).to.deep.equal({ branches: ['main'] });
    expect(text).not.to.match(/^ *(- )?(if|continue-on-error|paths|paths-ignore|shell):/m);
  });

  it('may read the repository, and knows no secret', () => {
    expect(permissions).to.deep.equal({ contents: 'read' });
    expect(text).not.to.match(/secrets\.|GITHUB_TOKEN|pull_request_target/);
    expect(job.steps[0]!.with).to.deep.equal({ 'persist-credentials': false });
  });

  it('takes actions by their commit, and says which version that is', () => {
    const used = [
      ...new Set(Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? []))),
    ];
    expect(used.map((action) => action.split('@')[0])).to.deep.equal([
      'actions/checkout',
      'actions/setup-node',
    ]);
    for (const action of used) {
      expect(action).to.match(/@[0-9a-f]{40}$/);
      expect(text).to.match(new RegExp(`${action} # v\\d+\\.\\d+\\.\\d+\n`));
    }
  });

  it('has the Node that package.json asks for, on the Debian of the image', () => {
    expect(packageJson.engines.node).to.match(/^>=\d+$/);
    expect(job.steps[1]!.with).to.deep.equal({ 'node-version-file': 'package.json', cache: 'npm' });
    const [, debian] = /^ARG BASE=node:\d+-(\w+)-slim$/m.exec(read('Dockerfile')) ?? [];
    expect(job.container).to.equal(`buildpack-deps:${debian}`);
  });
});

describe('the workflow that publishes a release', () => {
  const text = read('.github/workflows/publish.yml');
  const { on, permissions, jobs } = parse(text) as Workflow & {
    readonly jobs: Readonly<Record<string, { readonly if: string; readonly permissions: object }>>;
  };
  const steps = Object.values(jobs).flatMap((job) => job.steps);

  it('runs for a tag, once a person has switched it on, and for nothing else', () => {
    expect(on).to.deep.equal({ push: { tags: ['v*'] } });
    expect(Object.keys(jobs)).to.deep.equal(['image', 'package', 'chart']);
    for (const job of Object.values(jobs)) expect(job.if).to.equal("vars.PUBLISH == 'on'");
  });

  it('may write packages, and nothing else of the repository', () => {
    expect(permissions).to.deep.equal({ contents: 'read' });
    expect(jobs['image']!.permissions).to.deep.equal({ contents: 'read', packages: 'write' });
    expect(jobs['package']!.permissions).to.deep.equal({ contents: 'read', 'id-token': 'write' });
    expect(text.match(/secrets\.\w+/g)).to.satisfy((names: string[]) =>
      names.every((name) => name === 'secrets.GITHUB_TOKEN'),
    );
  });

  it('builds for both architectures, with provenance', () => {
    const script = steps.map(({ run = '' }) => run).join('\n');
    expect(script).to.include('--platform linux/amd64,linux/arm64').and.include('--provenance mode=max');
    expect(script).to.include('npm publish --provenance');
    expect(packageJson).to.not.have.property('private');
  });

  it('takes actions by the commits of the other workflow', () => {
    const known = read('.github/workflows/check.yml');
    for (const { uses } of steps) if (uses !== undefined) expect(known).to.include(`uses: ${uses} # v`);
  });
});
