/** `npm run -s release -- --help` says what it does. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import semver from 'semver';
import { auditFault } from './release/audit.ts';
import { releaseUnreleased, unreleased } from './release/changelog.ts';

const HELP = `Makes a release of main: a commit and a tag. Nothing leaves this machine.

  npm run -s release -- minor

  major, minor, patch   which part of the version to raise; or the new version itself, as 1.2.3
  --dry-run             check the working tree and the changelog, and print what would be run
  --help                this text

It wants main with nothing uncommitted, entries under "Unreleased" in CHANGELOG.md, npm audit
without a finding, a .ci/run that passes, and licences that are on the list.`;

const CHANGED = ['package.json', 'package-lock.json', 'CHANGELOG.md'];
const OPTIONS = { 'dry-run': { type: 'boolean' }, help: { type: 'boolean' } } as const;

try {
  const { values: options, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const [wanted, ...rest] = positionals;
  if (options.help) console.log(HELP);
  else if (wanted === undefined || rest.length > 0)
    throw new Error('give one of major, minor, patch, 1.2.3.');
  else release(wanted, options['dry-run'] ?? false);
} catch (error) {
  console.error(`release: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

function release(wanted: string, isDryRun: boolean): void {
  const { version: current } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const version = nextVersion(current, wanted);
  const changelog = readFileSync('CHANGELOG.md', 'utf8');
  const faults = faultsOf(version, changelog);
  if (faults.length > 0) throw new Error(faults.join('\nrelease: '));

  const date = new Date().toISOString().slice(0, 10);
  const moveEntries = () => writeFileSync('CHANGELOG.md', releaseUnreleased(changelog, version, date));
  const notes = `Thumbnailer ${version}\n\n${unreleased(changelog)}`;
  const checks: Step[] = [
    { says: 'npm audit', act: refuseFindings },
    running('.ci/run'),
    running('npm', 'run', 'check:licences'),
  ];
  const changes: Step[] = [
    running('npm', 'version', version, '--no-git-tag-version', '--ignore-scripts'),
    { says: `put the entries of CHANGELOG.md under ${version} - ${date}`, act: moveEntries },
    running('git', 'commit', '--quiet', '--message', `Release ${version}`, '--', ...CHANGED),
  ];
  // The headings of the notes begin with what Git would take for a comment.
  const tag = running('git', 'tag', `v${version}`, '--annotate', '--cleanup=whitespace', '--message', notes);
  if (isDryRun) {
    for (const { says } of [...checks, ...changes, tag]) console.log(`would: ${says}`);
    return;
  }
  for (const { act } of checks) act();
  allOrNothing(changes);
  tag.act();
  console.log(`Released ${version}. To publish it: git push --follow-tags origin main`);
}

/**
 * @param wanted `major`, `minor`, `patch`, or a version above the current one
 * @throws Error with one sentence, where it is neither
 */
function nextVersion(current: string, wanted: string): string {
  const part = (['major', 'minor', 'patch'] as const).find((each) => each === wanted);
  const version = part === undefined ? semver.valid(wanted) : semver.inc(current, part);
  if (version === null || semver.prerelease(version) !== null || (part === undefined && version !== wanted))
    throw new Error(
      `expected major, minor, patch or a version such as 1.2.3; found ${JSON.stringify(wanted)}.`,
    );
  if (!semver.gt(version, current)) throw new Error(`${wanted} is not above ${current}.`);
  return version;
}

/** What can be told at once, so that all of it is told together. */
function faultsOf(version: string, changelog: string): string[] {
  const branch = outputOf('git', 'branch', '--show-current');
  return [
    branch !== 'main' && `this is ${branch || 'no branch'}, and releases are made of main.`,
    outputOf('git', 'status', '--porcelain') !== '' && 'there are changes that are not committed.',
    outputOf('git', 'tag', '--list', `v${version}`) !== '' && `there is a tag v${version} already.`,
    unreleased(changelog) === '' && 'CHANGELOG.md has no entry under "Unreleased".',
  ].filter((fault) => fault !== false);
}

function refuseFindings(): void {
  // Offline, npm knows of nothing and says that all is well.
  const args = ['audit', '--json', '--offline=false'];
  // It ends with 1 for a finding and for a failure alike; its report tells them apart.
  const { stdout } = spawnSync('npm', args, { encoding: 'utf8' });
  const fault = auditFault(stdout);
  if (fault !== undefined) throw new Error(fault);
}

/** The tree was clean, so that what was committed last is what was there before. */
function allOrNothing(changes: readonly Step[]): void {
  try {
    for (const { act } of changes) act();
  } catch (error) {
    running('git', 'restore', '--staged', '--worktree', '--', ...CHANGED).act();
    throw error;
  }
}

/** What is done, and how it is told by `--dry-run`. */
interface Step {
  readonly says: string;
  readonly act: () => void;
}

function running(program: string, ...args: readonly string[]): Step {
  const [says = ''] = [program, ...args].join(' ').split('\n');
  const act = () => {
    const { status } = spawnSync(program, args, { stdio: 'inherit' });
    if (status !== 0) throw new Error(`failed: ${says}`);
  };
  return { says, act };
}

function outputOf(program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${stderr.trim()}`);
  return stdout.trim();
}
