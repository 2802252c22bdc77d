import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { FakeAccount } from './cloudformation/fake-account.ts';
import { StubbedPrograms } from './stubbed-programs.ts';
import { environmentWith, thumbnailerEcs } from './thumbnailer-ecs.ts';
import { describeUnless, whyMissing } from '../support/describe-with.ts';

const { reasons } = JSON.parse(readFileSync(new URL('stopped-tasks.json', import.meta.url), 'utf8')) as {
  reasons: { says: string; advice: string }[];
};

describeUnless(whyMissing('bash'), 'why tasks do not start', () => {
  const started = new AsyncDisposableStack();
  let programs: StubbedPrograms;

  before(async () => {
    programs = started.use(await StubbedPrograms.create());
  });
  after(() => started.disposeAsync());

  /** What a command shows where a task has stopped for a reason, or ECS says so in an event. */
  async function shown(command: string, says: string): Promise<string> {
    const text = says.replaceAll("'", `'"'"'`);
    const rest = `case "$*" in
      'ecs list-tasks'*) echo arn:task; exit ;;
      'ecs describe-tasks'*) printf '2026-01-01\\t%s\\tNone\\t1\\n' '${text}'; exit ;;
      'ecs describe-services'*runningCount*) printf '3\\t0\\t1\\tIN_PROGRESS\\tthumbnailer-task:7\\n'; exit ;;
      'ecs describe-services'*events*) printf '2026-01-01\\t%s\\n' '${text}'; exit ;;
    esac`;
    await using account = await FakeAccount.create(programs, rest);
    const ends = { UPDATE_IN_PROGRESS: 'UPDATE_ROLLBACK_IN_PROGRESS' };
    await account.set(
      { 'thumbnailer-base': 'CREATE_COMPLETE', 'thumbnailer-service': 'UPDATE_COMPLETE' },
      ends,
    );
    return (await thumbnailerEcs([command], environmentWith(programs.path))).output;
  }

  for (const { says, advice } of reasons) {
    it(`is said with what to do: ${says.slice(0, 60)}…`, async () => {
      for (const command of ['status', 'deploy']) {
        const output = await shown(command, says);
        expect(output, command).to.include(says);
        const told = [...output.matchAll(/^ +-> (.*)$/gm)].map(([, text = '']) => text);
        if (advice === '') expect(told, command).to.deep.equal([]);
        else for (const text of told) expect(text, command).to.include(advice);
        expect(told.length > 0, command).to.equal(advice !== '');
      }
    });
  }
});
