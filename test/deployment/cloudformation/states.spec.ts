import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { StubbedPrograms } from '../stubbed-programs.ts';
import { type Outcome, environmentWith, thumbnailerEcs } from '../thumbnailer-ecs.ts';
import { FakeAccount, STATES } from './fake-account.ts';
import { describeUnless, whyMissing } from '../../support/describe-with.ts';

const TABLE = new URL('../../../scripts/ecs/states.txt', import.meta.url);

const CHANGES =
  /^aws (?!--version|configure get|sts get-|cloudformation wait|[a-z]+ (describe|get|list|filter|batch-get)-|logs tail)/;
const WELL = ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE'];

/** A stack that only a person in the console can help. */
const BEYOND = ['IMPORT_ROLLBACK_FAILED'];

describeUnless(whyMissing('bash'), 'thumbnailer-ecs and the states of a stack', () => {
  const started = new AsyncDisposableStack();
  let programs: StubbedPrograms;
  let account: FakeAccount;
  const run = (...args: string[]) => thumbnailerEcs(args, environmentWith(programs.path));
  const both = (state: string) => ({ 'thumbnailer-base': 'CREATE_COMPLETE', 'thumbnailer-service': state });

  before(async () => {
    programs = started.use(await StubbedPrograms.create());
    account = started.use(await FakeAccount.create(programs));
  });
  after(() => started.disposeAsync());

  /** Follows what the output tells to run, until there is nothing to follow; a command that comes again is a circle. */
  async function follow(command: string[], seen: readonly string[] = []): Promise<Outcome> {
    const outcome = await run(...command);
    const advice = /thumbnailer-ecs (base|deploy|rollback|delete)\b/.exec(outcome.output)?.[1];
    if (outcome.code === 0 || advice === undefined) return outcome;
    const path = [...seen, command.join(' ')];
    expect(path, outcome.output).not.to.include(advice);
    return follow(advice === 'delete' ? [advice, '--yes'] : [advice], path);
  }

  it('are all in its table', () => {
    const rows = readFileSync(TABLE, 'utf8')
      .split('\n')
      .filter((line) => /^[A-Z]/.test(line));
    expect(rows.map((row) => row.split(' ')[0])).to.have.members([...STATES]);
  });

  for (const state of STATES) {
    it(`${state}: status and logs look, and change nothing`, async () => {
      await account.set(both(state));
      const [status, logs] = [await run('status'), await run('logs')];
      expect([status.code, logs.code], status.output + logs.output).to.deep.equal([0, 0]);
      expect(status.output).to.match(new RegExp(`thumbnailer-service \\(${state}\\): \\w.*\\.$`, 'm'));
      expect(programs.takeCalls().filter((call) => CHANGES.test(call))).to.deep.equal([]);
    });

    if (BEYOND.includes(state)) continue;

    it(`${state}: deploy leads to a service that is well`, async () => {
      await account.set(both(state));
      const { code, output } = await follow(['deploy']);
      expect(code, output).to.equal(0);
      expect(WELL).to.include(account.state('thumbnailer-service'));
      expect(output).to.include('answers at http://thumbnailer-lb.example');
    });

    it(`${state}: rollback leads to a service that is well, or to none`, async () => {
      await account.set(both(state));
      const { code, output } = await follow(['rollback']);
      expect(code, output).to.equal(0);
      expect([...WELL, 'NONE']).to.include(account.state('thumbnailer-service'));
    });

    it(`${state}: base brings the base up to the template`, async () => {
      await account.set({ 'thumbnailer-base': state });
      const { code, output } = await follow(['base']);
      expect(code, output).to.equal(0);
      expect(WELL).to.include(account.state('thumbnailer-base'));
    });
  }

  for (const state of STATES) {
    it(`${state}: delete deletes`, async () => {
      await account.set({ 'thumbnailer-base': state, 'thumbnailer-service': state });
      const { code, output } = await run('delete', '--yes');
      expect(code, output).to.equal(0);
      const ends = [account.state('thumbnailer-base'), account.state('thumbnailer-service')];
      for (const end of ends) expect(['NONE', 'DELETE_COMPLETE']).to.include(end);
    });
  }

  it('end where a change is stopped that would never end', async () => {
    const changing = both('UPDATE_IN_PROGRESS');
    for (const [command, end] of [
      [['rollback'], 'UPDATE_ROLLBACK_COMPLETE'],
      [['delete', '--yes'], 'NONE'],
    ] as const) {
      await account.set(changing, { UPDATE_IN_PROGRESS: 'UPDATE_IN_PROGRESS' });
      const { code, output } = await run(...command);
      expect([code, account.state('thumbnailer-service')], output).to.deep.equal([0, end]);
      expect(programs.takeCalls().join('\n'))
        .to.include('cancel-update-stack')
        .and.not.include(' update-stack');
    }
  });

  it('are explained where a cause outside has to be removed first', async () => {
    await account.set(both('UPDATE_ROLLBACK_FAILED'), {
      UPDATE_ROLLBACK_IN_PROGRESS: 'UPDATE_ROLLBACK_FAILED',
    });
    const again = await run('rollback');
    expect(again.code).to.equal(1);
    const advice = again.output.split('could not go back again').at(-1);
    expect(advice)
      .to.include('what stood in the way')
      .and.include('--resources-to-skip')
      .and.not.match(/thumbnailer-ecs (status|deploy|rollback|base)/);

    await account.set(both('ROLLBACK_FAILED'), { DELETE_IN_PROGRESS: 'DELETE_FAILED' });
    const kept = await run('deploy');
    expect(kept.code).to.equal(1);
    expect(kept.output).to.include('Remove what stands in the way, and run this again');

    await account.set(both('IMPORT_ROLLBACK_FAILED'));
    expect((await run('deploy')).output).to.include('in the console of CloudFormation');
  });

  it('keep the settings of a service that could not be made', async () => {
    await account.set(both('ROLLBACK_COMPLETE'));
    await run('deploy');
    const [created] = programs.takeCalls().filter((call) => call.includes('create-stack'));
    expect(created).to.include('{"ParameterKey":"MaxTasks","ParameterValue":"9"}').and.not.include('Gone');
  });

  it('show why a deployment failed: the events, the tasks that stopped, and what they wrote', async () => {
    const rest = `case "$*" in
      'ecs list-tasks'*) echo arn:task ;;
      'ecs describe-tasks'*) printf '2026-01-01\\tEssential container in task exited\\tNone\\t1\\n' ;;
      'logs filter-log-events'*) echo '{"level":60,"reason":"Cannot read the secrets","msg":"the service cannot run"}' ;;
    esac`;
    await using failing = await FakeAccount.create(programs, rest);
    await failing.set(both('CREATE_COMPLETE'), { UPDATE_IN_PROGRESS: 'UPDATE_ROLLBACK_IN_PROGRESS' });
    const { code, output } = await run('deploy');
    expect(code).to.equal(1);
    expect(output)
      .to.include('what stood in the way')
      .and.include('Essential container in task exited')
      .and.include('Cannot read the secrets');
    await programs.stub('aws', '');
  });
});
