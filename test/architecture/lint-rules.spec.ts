import { ESLint } from 'eslint';
import { expect } from 'chai';
import { PROJECT } from './cruise-sources.ts';

/** Reads the whole project's types. */
const SLOW_MS = 240_000;

describe('rules of lint', () => {
  // Under CI typescript-eslint takes a run for one that reads every file from the disk, and these texts are not there.
  const parserOptions = { disallowAutomaticSingleRunInference: true };
  const eslint = new ESLint({ cwd: PROJECT, overrideConfig: { languageOptions: { parserOptions } } });

  /** The rules that this text breaks in place of a file that there is, so that its types are known. */
  async function rulesBrokenBy(text: string, filePath: string): Promise<(string | null)[]> {
    const results = await eslint.lintText(text, { filePath: `${PROJECT}${filePath}` });
    return results.flatMap(({ messages }) => messages.map(({ ruleId }) => ruleId));
  }

  it('catch a promise that nobody waits for', async () => {
    const text = 'async function work(): Promise<void> {\n  await Promise.resolve();\n}\nwork();\n';
    expect(await rulesBrokenBy(text, 'src/domain/errors/units.ts')).to.deep.equal([
      '@typescript-eslint/no-floating-promises',
    ]);
    const waiting = text.replace('\nwork();', '\nawait work();');
    expect(await rulesBrokenBy(waiting, 'src/domain/errors/units.ts')).to.deep.equal([]);
  }).timeout(SLOW_MS);

  it('catch a look into the environment, everywhere but in src/config/config.ts', async () => {
    const text = "export const home = process.env['HOME'];\n";
    for (const path of ['src/main.ts', 'src/domain/errors/units.ts', 'src/adapters/secrets-env/index.ts']) {
      expect(await rulesBrokenBy(text, path)).to.deep.equal(['n/no-process-env']);
    }
    expect(await rulesBrokenBy(text, 'src/config/config.ts')).to.deep.equal([]);
  }).timeout(SLOW_MS);

  it('catch output that bypasses the logger', async () => {
    expect(await rulesBrokenBy("console.log('here');\n", 'src/main.ts')).to.deep.equal(['no-console']);
  }).timeout(SLOW_MS);
});
