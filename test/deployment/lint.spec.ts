import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { expect } from 'chai';
import { describeUnless, whyMissing } from '../support/describe-with.ts';

const ROOT = `${import.meta.dirname}/../..`;

for (const { linter, args, files } of [
  { linter: 'cfn-lint', args: [], files: ['scripts/ecs/templates/*.yaml'] },
  {
    linter: 'shellcheck',
    args: ['-x'],
    files: ['scripts/ecs/thumbnailer-ecs', 'scripts/ecs/*/*.sh', 'test/deployment/aws-cli/*.sh', '.ci/run'],
  },
]) {
  describeUnless(whyMissing(linter), "the deployment's files", () => {
    it(`give ${linter} nothing to complain of`, () => {
      const found = files.flatMap((pattern) => globSync(pattern, { cwd: ROOT }));
      expect(found).not.to.be.empty;
      const { status, stdout } = spawnSync(linter, [...args, ...found], { cwd: ROOT, encoding: 'utf8' });
      expect(stdout).to.equal('');
      expect(status).to.equal(0);
    });
  });
}
