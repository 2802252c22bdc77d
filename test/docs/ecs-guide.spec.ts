import { expect } from 'chai';
import { StubbedPrograms } from '../deployment/stubbed-programs.ts';
import { COMMANDS, isInstalled } from '../deployment/thumbnailer-ecs.ts';
import { documentedCommands } from './documented-commands.ts';
import { Checkout } from './shell.ts';

const hasBash = isInstalled('bash');

/** As much of AWS as it takes to be told what would be changed. */
const AWS = `case "$*" in
  --version) echo aws-cli/2.31.0 ;;
  'sts '*) echo 123456789012 ;;
  *StackStatus*) echo UPDATE_COMPLETE ;;
  *RepositoryUri*) echo 123456789012.dkr.ecr.eu-west-1.amazonaws.com/thumbnailer ;;
  *imageDetails*) echo sha256:${'c'.repeat(64)} ;;
  *taskDefinition) echo arn:aws:ecs:thumbnailer-task:3 ;;
  *thumbnailer-task:3*) echo repository@sha256:${'c'.repeat(64)} ;;
  *thumbnailer-task:2*) echo repository@sha256:${'d'.repeat(64)} ;;
  'ecr list-images'*) echo sha256:${'d'.repeat(64)} ;;
  'ecs list-task-definitions'*) echo arn:aws:ecs:thumbnailer-task:2 ;;
esac`;

const SETTING_UP = ['export AWS_REGION=eu-west-1', 'export PATH="$PWD/scripts/ecs:$PATH"'];

/** Word for word, but for `--dry-run`; an emulated account is in test/deployment/ecs-journey.spec.ts. */
describe(`every thumbnailer-ecs command of the documents${hasBash ? '' : ' (skipped: bash is not installed)'}`, function () {
  this.timeout(20_000);
  const documented = documentedCommands().map(({ command }) => command);
  let checkout: Checkout;
  let programs: StubbedPrograms;

  before(async function () {
    if (!hasBash) this.skip();
    checkout = await Checkout.create();
    programs = await StubbedPrograms.create();
    await programs.stub('aws', AWS);
    await programs.stub('docker', '');
    await programs.stub('pass', 'echo s3cret');
  });
  after(async () => {
    if (!hasBash) return;
    await programs[Symbol.asyncDispose]();
    await checkout[Symbol.asyncDispose]();
  });

  const run = async (command: string) => {
    const script = [...SETTING_UP, command].join('\n');
    const { code, stdout, stderr } = await checkout.run(script, { PATH: programs.path });
    return { code, output: stdout + stderr };
  };

  it('begins with two lines that set it up', () => {
    expect(documented).to.include.members(SETTING_UP);
  });

  const commands = new Set(documented.filter((command) => command.includes('thumbnailer-ecs ')));
  for (const command of commands) {
    if (command.endsWith('--help')) {
      it(command, async () => {
        for (const name of command.includes('COMMAND') ? COMMANDS : ['']) {
          const { code, output } = await run(command.replace('COMMAND', name));
          expect(output).to.match(/^Usage: thumbnailer-ecs/);
          expect(code).to.equal(0);
        }
      });
    } else if (/ secrets( memcachier-password| signing-keys| NAME)?$/.test(command)) {
      it(`${command}, which wants a terminal`, async () => {
        const { code, output } = await run(command.replace('NAME', 'memcachier-server'));
        expect(output).to.match(/==> Secrets: .*\n.*there is no terminal to ask for the secrets on/);
        expect(code).to.equal(1);
      });
    } else {
      it(`${command} --dry-run`, async () => {
        const { code, output } = await run(`${command} --dry-run`);
        expect(output).not.to.include('s3cret');
        expect(code, output).to.equal(0);
      });
    }
  }
});
