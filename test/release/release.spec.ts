import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { StubbedPrograms } from '../deployment/stubbed-programs.ts';

const SCRIPT = join(import.meta.dirname, '../../scripts/release.ts');
const CHANGELOG =
  '# Changelog\n\n## Unreleased\n\n### Added\n\n- A door.\n\n## 1.1.0 - 2026-01-02\n\n- A wall.\n';
const CLEAN_AUDIT = {
  auditReportVersion: 2,
  vulnerabilities: {},
  metadata: { vulnerabilities: { total: 0 } },
};

/** Git is the real one; npm writes a version as the real one does, and audits as it is told. */
const npmStub = (audit: unknown, licences = 0) => `case "$1" in
  audit) echo '${JSON.stringify(audit)}'; exit 1 ;;
  run) exit ${licences} ;;
  version) for file in package.json package-lock.json; do
    sed -i.old 's/"version":"[^"]*"/"version":"'"$2"'"/' $file; rm $file.old
  done ;;
esac`;

describe('npm run release', () => {
  let project: string;
  let programs: StubbedPrograms;
  let environment: Record<string, string>;

  before(async () => {
    programs = await StubbedPrograms.create();
    environment = {
      PATH: programs.path,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      ...{ GIT_AUTHOR_NAME: 'Ann', GIT_AUTHOR_EMAIL: 'ann@example.com' },
      ...{ GIT_COMMITTER_NAME: 'Ann', GIT_COMMITTER_EMAIL: 'ann@example.com' },
    };
  });
  after(() => programs[Symbol.asyncDispose]());

  beforeEach(async () => {
    await programs.stub('npm', npmStub(CLEAN_AUDIT));
    project = await mkdtemp(join(tmpdir(), 'release-'));
    await write('package.json', '{"name":"planted","version":"1.1.0"}\n');
    await write('package-lock.json', '{"version":"1.1.0","packages":{}}\n');
    await write('CHANGELOG.md', CHANGELOG);
    await mkdir(join(project, '.ci'));
    await writeCiRun('exit 0');
    git('init', '--quiet', '--initial-branch=main');
    commitAll();
    programs.takeCalls();
  });
  afterEach(() => rm(project, { recursive: true, force: true }));

  const write = (path: string, text: string) => writeFile(join(project, path), text);
  const read = (path: string) => readFile(join(project, path), 'utf8');
  const run = (program: string, args: readonly string[]) =>
    spawnSync(program, args, { cwd: project, env: environment, encoding: 'utf8' });
  const release = (...args: readonly string[]) => run(process.execPath, [SCRIPT, ...args]);

  function git(...args: readonly string[]): string {
    const { status, stdout, stderr } = run('git', args);
    expect(status, stderr).to.equal(0);
    return stdout.trim();
  }
  function commitAll(): void {
    git('add', '--all');
    git('commit', '--quiet', '--message', 'All');
  }
  async function writeCiRun(body: string): Promise<void> {
    await write('.ci/run', `#!/bin/sh\n${body}\n`);
    await chmod(join(project, '.ci/run'), 0o755);
  }
  function expectNothingChanged(): void {
    expect(git('status', '--porcelain')).to.equal('');
    expect(git('log', '--format=%s')).to.equal('All');
    expect(git('tag')).to.equal('');
  }

  it('commits the version and the dated changelog, and tags them with its notes', async () => {
    const { status, stderr, stdout } = release('minor');
    expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
    expect(stdout).to.equal('Released 1.2.0. To publish it: git push --follow-tags origin main\n');
    expect(await read('package.json')).to.include('"version":"1.2.0"');
    expect(await read('package-lock.json')).to.include('"version":"1.2.0"');
    const changelog = await read('CHANGELOG.md');
    const heading = '## Unreleased\n\n## 1.2.0 - DATE\n\n### Added\n\n- A door.\n\n## 1.1.0';
    expect(changelog.replace(/(?<=1\.2\.0 - )\d{4}-\d\d-\d\d/, 'DATE')).to.include(heading);
    expect(git('status', '--porcelain')).to.equal('');
    expect(git('log', '--format=%s')).to.equal('Release 1.2.0\nAll');
    expect(git('cat-file', '-t', 'v1.2.0')).to.equal('tag');
    expect(git('tag', '--points-at', 'HEAD')).to.equal('v1.2.0');
    const notes = git('for-each-ref', 'refs/tags/v1.2.0', '--format=%(contents)');
    expect(notes).to.equal('Thumbnailer 1.2.0\n\n### Added\n\n- A door.');
  });

  it('audits, checks and looks at licences before it changes anything', () => {
    release('1.1.1');
    expect(programs.takeCalls()).to.deep.equal([
      'npm audit --json --offline=false',
      'npm run check:licences',
      'npm version 1.1.1 --no-git-tag-version --ignore-scripts',
    ]);
  });

  it('says what it would do with --dry-run, and does none of it', () => {
    const { status, stdout } = release('major', '--dry-run');
    expect(status).to.equal(0);
    expect(stdout.replace(/\d{4}-\d\d-\d\d/, 'DATE').split('\n')).to.deep.equal([
      'would: npm audit',
      'would: .ci/run',
      'would: npm run check:licences',
      'would: npm version 2.0.0 --no-git-tag-version --ignore-scripts',
      'would: put the entries of CHANGELOG.md under 2.0.0 - DATE',
      'would: git commit --quiet --message Release 2.0.0 -- package.json package-lock.json CHANGELOG.md',
      'would: git tag v2.0.0 --annotate --cleanup=whitespace --message Thumbnailer 2.0.0',
      '',
    ]);
    expect(programs.takeCalls()).to.deep.equal([]);
    expectNothingChanged();
  });

  it('tells all at once what is not ready', async () => {
    git('checkout', '--quiet', '-b', 'topic');
    git('tag', 'v1.2.0');
    await write('CHANGELOG.md', CHANGELOG.replace('- A door.', 'Soon.'));
    const { status, stderr } = release('minor', '--dry-run');
    expect(status).to.equal(1);
    expect(stderr.split('\n')).to.deep.equal([
      'release: this is topic, and releases are made of main.',
      'release: there are changes that are not committed.',
      'release: there is a tag v1.2.0 already.',
      'release: CHANGELOG.md has no entry under "Unreleased".',
      '',
    ]);
  });

  const refusals: Record<string, { npm?: string; ci?: string; says: RegExp }> = {
    'where the audit finds something': {
      npm: npmStub({
        vulnerabilities: { a: { severity: 'low' } },
        metadata: { vulnerabilities: { total: 1 } },
      }),
      says: /npm audit knows of faults in a \(low\)/,
    },
    'where the registry answers no audit': {
      npm: npmStub({ message: '405 Method Not Allowed' }),
      says: /npm audit had no answer \(405 Method Not Allowed\)/,
    },
    'where npm says nothing': { npm: 'exit 1', says: /npm audit had no answer \(no report\)/ },
    'with a check that fails': { ci: 'exit 3', says: /failed: \.ci\/run/ },
    'with a licence that is not on the list': {
      npm: npmStub(CLEAN_AUDIT, 1),
      says: /failed: npm run check:licences/,
    },
  };
  for (const [when, { npm = npmStub(CLEAN_AUDIT), ci = 'exit 0', says }] of Object.entries(refusals)) {
    it(`makes none ${when}`, async () => {
      await programs.stub('npm', npm);
      await writeCiRun(ci);
      git('commit', '--quiet', '--all', '--amend', '--message', 'All', '--allow-empty');
      const { status, stderr } = release('patch');
      expect(stderr).to.match(says);
      expect(status).to.equal(1);
      expectNothingChanged();
    });
  }

  it('leaves everything as it was where the commit is refused', async () => {
    await write('.git/hooks/pre-commit', '#!/bin/sh\nexit 1\n');
    await chmod(join(project, '.git/hooks/pre-commit'), 0o755);
    const { status, stderr } = release('patch');
    expect(status).to.equal(1);
    expect(stderr).to.include('release: failed: git commit');
    expectNothingChanged();
    expect(await read('CHANGELOG.md')).to.equal(CHANGELOG);
  });

  const faults: Record<string, string> = {
    '': 'give one of major, minor, patch, 1.2.3.',
    'minor major': 'give one of major, minor, patch, 1.2.3.',
    big: 'expected major, minor, patch or a version such as 1.2.3; found "big".',
    '1.1.0': '1.1.0 is not above 1.1.0.',
    '1.0.9': '1.0.9 is not above 1.1.0.',
  };
  for (const [args, sentence] of Object.entries(faults)) {
    it(`refuses ${JSON.stringify(args)} in one sentence`, () => {
      const { status, stderr } = release(...args.split(' ').filter((arg) => arg !== ''));
      expect({ status, stderr }).to.deep.equal({ status: 1, stderr: `release: ${sentence}\n` });
    });
  }

  it('explains itself', () => {
    const { status, stdout } = release('--help');
    expect(status).to.equal(0);
    expect(stdout).to.match(/^Makes a release of main/);
  });
});
