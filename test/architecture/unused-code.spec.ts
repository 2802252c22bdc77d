import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { appendFile, cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT } from './cruise-sources.ts';

type Issue = Readonly<Record<'files' | 'exports' | 'dependencies', readonly { readonly name: string }[]>>;

/** The tests are left out, so what is used by them alone is reported here too; that is no matter. */
describe('search for unused code', () => {
  const COPIED = ['src', 'scripts', 'package.json', 'tsconfig.json', 'knip.jsonc'];
  let project: string;
  beforeEach(async () => {
    project = await mkdtemp(join(tmpdir(), 'planted-'));
    for (const path of COPIED) await cp(join(PROJECT, path), join(project, path), { recursive: true });
    await symlink(join(PROJECT, 'node_modules'), join(project, 'node_modules'));
  });
  afterEach(() => rm(project, { recursive: true, force: true }));

  it('finds a file, an export and a dependency that nobody uses', async () => {
    const unplanted = findUnused(project);
    await writeFile(join(project, 'src/domain/planted.ts'), 'export const dead = 1;\n');
    await appendFile(join(project, 'src/domain/errors/units.ts'), 'export const idle = 1;\n');
    const packageJson = await readFile(join(project, 'package.json'), 'utf8');
    const withDependency = packageJson.replace(
      '"dependencies": {',
      '"dependencies": { "left-over": "1.0.0",',
    );
    await writeFile(join(project, 'package.json'), withDependency);
    const found = findUnused(project).filter((name) => !unplanted.includes(name));
    expect(found).to.have.members(['src/domain/planted.ts', 'idle', 'left-over']);
  });
});

/** The names of unused files, exports and dependencies. */
function findUnused(project: string): string[] {
  const knip = join(PROJECT, 'node_modules/knip/bin/knip.js');
  const args = [knip, '--no-progress', '--reporter', 'json', '--include', 'files,exports,dependencies'];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' });
  expect(stdout, stderr).to.match(/^\{/);
  const { issues } = JSON.parse(stdout) as { issues: Issue[] };
  return issues
    .flatMap(({ files, exports, dependencies }) => [...files, ...exports, ...dependencies])
    .map(({ name }) => name);
}
