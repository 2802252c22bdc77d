import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const run = (script: string, args: readonly string[]) =>
  spawnSync(process.execPath, [fileURLToPath(new URL(`../../scripts/${script}`, import.meta.url)), ...args], {
    encoding: 'utf8',
  });

describe('a script', () => {
  for (const script of ['write-references.ts', 'fuzz.ts', 'measure-memory.ts', 'compare-chromium.ts']) {
    it(`explains itself, and does nothing with an option that there is not: ${script}`, () => {
      const help = run(script, ['--help']);
      expect([help.status, help.stderr]).to.deep.equal([0, '']);
      expect(help.stdout).to.include(`\n    node scripts/${script}`).and.not.match(/^ \*/m);
      const wrong = run(script, ['--frobnicate']);
      expect([wrong.status, wrong.stdout, wrong.stderr]).to.deep.equal([
        1,
        '',
        `${script}: Unknown option '--frobnicate'. See --help.\n`,
      ]);
    });
  }

  it('says that there is nothing to measure', () => {
    const { status, stdout } = run('measure-memory.ts', ['frobnicate']);
    expect([status, stdout]).to.deep.equal([1, '']);
  });
});
