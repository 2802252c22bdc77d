import { expect } from 'chai';
import { FakeAccount } from '../deployment/cloudformation/fake-account.ts';
import { StubbedPrograms } from '../deployment/stubbed-programs.ts';
import { COMMANDS } from '../deployment/thumbnailer-ecs.ts';
import { documentedCommands } from './documented-commands.ts';
import { Checkout } from './shell.ts';
import { describeUnless, whyMissing } from '../support/describe-with.ts';

const SETTING_UP = ['export AWS_REGION=eu-west-1', 'export PATH="$PWD/scripts/ecs:$PATH"'];

/** Word for word, but for `--dry-run`; an emulated account is in test/deployment/ecs-journey.spec.ts. */
describeUnless(whyMissing('bash'), 'every thumbnailer-ecs command of the documents', () => {
  const documented = documentedCommands().map(({ command }) => command);
  let checkout: Checkout;
  let programs: StubbedPrograms;
  let account: FakeAccount;

  before(async () => {
    checkout = await Checkout.create();
    programs = await StubbedPrograms.create();
    account = await FakeAccount.create(programs);
    await account.set({ 'thumbnailer-base': 'CREATE_COMPLETE', 'thumbnailer-service': 'UPDATE_COMPLETE' });
    await programs.stub('docker', '');
    await programs.stub('pass', 'echo s3cret');
  });
  after(async () => {
    await account[Symbol.asyncDispose]();
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
