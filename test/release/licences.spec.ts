import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { isAllowed } from '../../scripts/release/licences.ts';

const PROJECT = join(import.meta.dirname, '../..');
const SCRIPT = join(PROJECT, 'scripts/check-licences.ts');

function checkLicences(cwd: string) {
  return spawnSync(process.execPath, [SCRIPT], { cwd, encoding: 'utf8' });
}

describe('npm run check:licences', () => {
  let project: string;
  beforeEach(async () => {
    project = await mkdtemp(join(tmpdir(), 'licences-'));
  });
  afterEach(() => rm(project, { recursive: true, force: true }));

  /** What each package says of its licence: to the lock file, and in its own package.json where it is installed. */
  interface Planted {
    readonly locked?: string;
    readonly installed?: unknown;
    readonly dev?: boolean;
    readonly optional?: boolean;
  }
  async function plant(packages: Record<string, Planted>) {
    const locked: Record<string, unknown> = { '': { name: 'planted' } };
    for (const [name, { locked: license, installed, ...rest }] of Object.entries(packages)) {
      const path = `node_modules/${name}`;
      locked[path] = { version: '1.0.0', license, ...rest };
      if (installed === undefined) continue;
      await mkdir(join(project, path), { recursive: true });
      await writeFile(join(project, path, 'package.json'), JSON.stringify({ name, license: installed }));
    }
    await writeFile(join(project, 'package-lock.json'), JSON.stringify({ packages: locked }));
    return checkLicences(project);
  }

  it('finds nothing to complain of here', () => {
    const { status, stdout, stderr } = checkLicences(PROJECT);
    expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
    const [, mit] = /: (\d+) MIT, /.exec(stdout) ?? [];
    expect(Number(mit)).to.be.greaterThan(50);
  });

  it('names each production package that must not be there, and no other', async () => {
    const { status, stderr } = await plant({
      good: { locked: 'MIT', installed: 'MIT' },
      copyleft: { locked: 'GPL-3.0-only', installed: 'GPL-3.0-only' },
      '@scope/other': { locked: 'MIT', installed: 'SSPL-1.0' },
      silent: { installed: '' },
      old: { installed: { type: 'MIT' } },
      elsewhere: { locked: 'AGPL-3.0-only', optional: true },
      tool: { locked: 'MPL-2.0', dev: true },
    });
    expect(status).to.equal(1);
    expect(stderr.trim().split('\n').slice(0, -1)).to.have.members([
      'check-licences: copyleft 1.0.0 is licensed under GPL-3.0-only.',
      'check-licences: @scope/other 1.0.0 is licensed under SSPL-1.0.',
      'check-licences: silent 1.0.0 is licensed under nothing that it names.',
      'check-licences: old 1.0.0 is licensed under nothing that it names.',
      'check-licences: elsewhere 1.0.0 is licensed under AGPL-3.0-only.',
    ]);
  });

  it('lets the LGPL of libvips be, and of nothing else', async () => {
    const licence = { locked: 'LGPL-3.0-or-later', optional: true };
    expect((await plant({ '@img/sharp-libvips-linux-x64': licence })).status).to.equal(0);
    expect((await plant({ '@img/other': licence })).status).to.equal(1);
  });

  it('does not pass what it cannot see', async () => {
    const { status, stderr } = await plant({ missing: { locked: 'MIT' } });
    expect(status).to.equal(1);
    expect(stderr).to.include('missing 1.0.0 is not installed: run npm ci.');
  });
});

describe('an SPDX expression', () => {
  const verdicts: Record<string, boolean> = {
    MIT: true,
    '(MIT OR GPL-2.0-only)': true,
    'GPL-2.0-only OR MIT': true,
    'MIT AND GPL-2.0-only': false,
    'MIT AND ISC': true,
    'GPL-2.0-only OR MIT AND ISC': true,
    '(GPL-2.0-only OR MIT) AND GPL-3.0-only': false,
    '((MIT))': true,
    'MIT WITH Classpath-exception-2.0': false,
    'SEE LICENSE IN LICENSE.txt': false,
    'MIT ISC': false,
    '(MIT': false,
    '': false,
    UNLICENSED: false,
  };
  for (const [expression, verdict] of Object.entries(verdicts)) {
    it(`${JSON.stringify(expression)} is ${verdict ? '' : 'not '}allowed`, () => {
      expect(isAllowed(expression, (id) => ['MIT', 'ISC'].includes(id))).to.equal(verdict);
    });
  }
});
