import { globSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { VARIABLES } from '../../src/config/variables.ts';
import { SECRET_NAMES } from '../../src/ports/secret-source.ts';
import { FakeAccount } from './cloudformation/fake-account.ts';
import { StubbedPrograms } from './stubbed-programs.ts';
import { environmentWith, thumbnailerEcs } from './thumbnailer-ecs.ts';
import { describeUnless, whyMissing } from '../support/describe-with.ts';

const TEMPLATE = readFileSync(`${import.meta.dirname}/../../scripts/ecs/templates/service.yaml`, 'utf8');

/** Variables that `deploy --env` refuses, and what it says to do instead. */
const ELSEWHERE: Readonly<Record<string, RegExp>> = {
  HOST: /the template's own/,
  PORT: /the template's own/,
  SECRET_SOURCE: /the template's own/,
  SSM_PREFIX: /the template's own/,
  METRICS_PORT: /--set MetricsPort=/,
  DISK_CACHE_PATH: /--env S3_CACHE=/,
  MEMCACHIER_SERVERS: /thumbnailer-ecs secrets memcachier-server/,
};

/** Variables that `deploy` reads itself. */
const READ_BY_DEPLOY: Readonly<Record<string, string>> = {
  ALLOWED_SOURCE_PORTS: '8080',
  SHUTDOWN_TIMEOUT: '30s',
};

describeUnless(whyMissing('bash'), 'settings on ECS', () => {
  const started = new AsyncDisposableStack();
  let programs: StubbedPrograms;
  let account: FakeAccount;
  const run = (...args: string[]) => thumbnailerEcs(args, environmentWith(programs.path));
  const otherwise = async (rest: string, state = 'UPDATE_COMPLETE') => {
    account = started.use(await FakeAccount.create(programs, rest));
    await account.set({ 'thumbnailer-base': 'CREATE_COMPLETE', 'thumbnailer-service': state });
  };
  const withSecrets = (...names: string[]) =>
    otherwise(
      `case "$*" in 'ssm get-parameters'*) printf '${names.map((name) => `thumbnailer.${name}\\n`).join('')}'; exit ;; esac`,
    );
  /** What the tasks would have, as the template says it that was sent. */
  const variables = (): Record<string, string> => {
    const lines = account.template().matchAll(/^ +- \{ Name: ([A-Z_0-9]+), Value: (.*) \}$/gm);
    return Object.fromEntries([...lines].map(([, name = '', value = '']) => [name, value]));
  };
  const sent = () =>
    programs
      .takeCalls()
      .find((call) => /(create|update)-stack --stack-name thumbnailer-service/.test(call)) ?? '';

  before(async () => {
    programs = started.use(await StubbedPrograms.create());
  });
  beforeEach(() => otherwise(''));
  after(() => started.disposeAsync());

  it('know the secrets that the service knows', () => {
    const [, names = ''] =
      /SECRET_NAMES=\((.*)\)/.exec(
        readFileSync(`${import.meta.dirname}/../../scripts/ecs/lib/secrets.sh`, 'utf8'),
      ) ?? [];
    expect(names.split(' ')).to.include.members([...SECRET_NAMES]);
  });

  it('pass every variable of the service through, or say where it is set', async () => {
    const passed = Object.keys(VARIABLES).filter((name) => !(name in ELSEWHERE) && !isSecret(name));
    const value = (name: string) => READ_BY_DEPLOY[name] ?? `x${name}`;
    const { code, output } = await run(
      'deploy',
      ...passed.flatMap((name) => ['--env', `${name}=${value(name)}`]),
    );
    expect(code, output).to.equal(0);
    for (const name of passed) expect(variables()[name]).to.equal(`'${value(name)}'`);
    expect(Object.keys(variables())).to.include.members(['SECRET_SOURCE', 'SSM_PREFIX']);
  });

  for (const name of Object.keys(VARIABLES).filter((name) => name in ELSEWHERE || isSecret(name))) {
    it(`refuse ${name}, and say where it is set`, async () => {
      const { code, output } = await run('deploy', '--env', `${name}=x`);
      expect(code).to.equal(1);
      expect(output).to.match(ELSEWHERE[name] ?? new RegExp(`thumbnailer-ecs secrets ${secretOf(name)}`));
      expect(programs.takeCalls()).to.deep.equal([]);
    });
  }

  it('keep what was set before, once each, whatever is in a value', async () => {
    const difficult = `it's "50%" \\ of {a}, [b]: c # d`;
    await run(
      'deploy',
      '--env',
      'WORKERS=',
      '--env',
      `OTEL_SERVICE_NAME=${difficult}`,
      '--env',
      'LOG_LEVEL=debug',
    );
    const [, json = ''] = /--parameters (\[.*\])/.exec(sent()) ?? [];
    const parameters = JSON.parse(json) as { ParameterKey: string; ParameterValue?: string }[];
    expect(parameters.find(({ ParameterKey }) => ParameterKey === 'Environment')?.ParameterValue).to.equal(
      `CACHE_TTL=7d\nOTEL_SERVICE_NAME=${difficult}\nLOG_LEVEL=debug`,
    );
    expect(variables())
      .to.include({ CACHE_TTL: `'7d'`, LOG_LEVEL: `'debug'` })
      .and.not.have.property('WORKERS');
    expect(variables()['OTEL_SERVICE_NAME']).to.equal(`'${difficult.replaceAll("'", "''")}'`);
    expect(account.template().match(/Name: LOG_LEVEL,/g)).to.have.length(1);
  });

  it('are kept by a rollback, and by the deployment after one that could not be made', async () => {
    for (const [state, command] of [
      ['UPDATE_COMPLETE', 'rollback'],
      ['ROLLBACK_COMPLETE', 'deploy'],
    ] as const) {
      await otherwise('', state);
      await run(command);
      expect(variables(), command).to.include({ CACHE_TTL: `'7d'`, WORKERS: `'2'` });
    }
  });

  it('are shown by status', async () => {
    const { output } = await run('status');
    expect(output).to.match(/settings:\n +MaxTasks=9$/m);
    expect(output).to.match(/variables:\n +CACHE_TTL=7d\n +WORKERS=2$/m);
  });

  it('warn of a variable that is none', async () => {
    const { code, output } = await run('deploy', '--env', 'CACHE_TLL=7d');
    expect([code, output.includes('CACHE_TLL is not in docs/configuration.md')]).to.deep.equal([0, true]);
    expect((await run('deploy', '--env', 'cache=1')).output).to.include('--env wants NAME=VALUE');
  });

  for (const [secrets, cache] of [
    [['memcachier-server', 'signing-keys'], 'memcached'],
    [['redis-url'], 'redis'],
    [['memcachier-server', 'redis-url'], 'memcached redis'],
    [['signing-keys'], 'memory'],
  ] as const) {
    it(`have the tasks use ${cache} where the secrets are ${secrets.join(', ')}, after a rollback, too`, async () => {
      for (const command of ['deploy', 'rollback']) {
        await withSecrets(...secrets);
        await run(command);
        expect(sent()).to.include(`"ParameterKey":"Cache","ParameterValue":"${cache}"`);
      }
    });
  }

  it('do not let a cache be chosen that has no address', async () => {
    await withSecrets('memcachier-server');
    const { code, output } = await run('deploy', '--env', 'THUMBNAIL_CACHE=memory,redis');
    expect([code, sent()]).to.deep.equal([1, '']);
    expect(output).to.include('THUMBNAIL_CACHE names redis: thumbnailer-ecs secrets redis-url');
    expect((await run('deploy', '--set', 'Cache=memory')).output).to.include(
      'Cache is what the secrets name',
    );
  });

  it('watch the log for messages that the service writes', () => {
    const watched = [...TEMPLATE.matchAll(/\$\.(?:msg|code) = "([^"*]+)\*?"/g)].map(([, text = '']) => text);
    expect(watched).to.have.length(3);
    const sources = globSync('src/**/*.ts').map((file) => readFileSync(file, 'utf8'));
    for (const text of watched)
      expect(
        sources.some((source) => source.includes(`'${text}`)),
        text,
      ).to.equal(true);
  });

  it('refuse sizes that Fargate does not have, before AWS is asked', async () => {
    for (const [cpu, memory] of [
      [256, 3072],
      [512, 512],
      [1024, 1024],
      [1024, 2500],
      [8192, 18_432],
      [300, 512],
    ]) {
      const { code, output } = await run('deploy', '--set', `Cpu=${cpu}`, '--set', `Memory=${memory}`);
      expect([code, sent()], output).to.deep.equal([1, '']);
      expect(output).to.include(`Fargate has no Cpu=${cpu}`);
    }
    for (const [cpu, memory] of [
      [256, 1024],
      [512, 4096],
      [8192, 20_480],
      [16_384, 122_880],
    ]) {
      const { code, output } = await run('deploy', '--set', `Cpu=${cpu}`, '--set', `Memory=${memory}`);
      expect(code, output).to.equal(0);
    }
    expect((await run('deploy', '--set', 'Cpu=512')).output).to.include(
      'Fargate has no Cpu=512 with Memory=512',
    );
  });

  it('refuse numbers that AWS would find impossible once tasks run', async () => {
    for (const [settings, message] of [
      [['MinTasks=10'], 'MinTasks=10 is more than MaxTasks='],
      [['MaxTasks=2'], 'MinTasks=3 is more than MaxTasks=2'],
      [['RequestsPerClient=9'], 'RequestsPerClient=9 is less than AWS WAF can count'],
      [['MinTasks=many'], 'are whole numbers'],
    ] as const) {
      const { code, output } = await run('deploy', ...settings.flatMap((setting) => ['--set', setting]));
      expect(output).to.include(message);
      expect([code, sent()]).to.deep.equal([1, '']);
    }
    await run('deploy', '--set', 'MinTasks=10', '--set', 'MaxTasks=10', '--set', 'RequestsPerClient=10');
    expect(sent()).to.include('"ParameterKey":"MinTasks","ParameterValue":"10"');
  });

  it('give rights on buckets by their names', async () => {
    await run('deploy', '--set', 'SourceBuckets=photos,s3://media/originals/');
    const arns = [
      'arn:aws:s3:::photos',
      'arn:aws:s3:::photos/*',
      'arn:aws:s3:::media',
      'arn:aws:s3:::media/originals/*',
    ];
    expect(sent()).to.include(`"ParameterKey":"SourceBuckets","ParameterValue":"${arns.join(',')}"`);
  });

  it('of the base go to the base', async () => {
    await run('deploy', '--set', 'LogRetentionDays=30');
    const calls = programs.takeCalls().filter((call) => call.includes('update-stack'));
    expect(calls[0])
      .to.include('thumbnailer-base')
      .and.include('"ParameterKey":"LogRetentionDays","ParameterValue":"30"');
    expect(calls[1]).to.include('thumbnailer-service').and.not.include('LogRetentionDays');
  });
});

function secretOf(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}

function isSecret(name: string): boolean {
  return (SECRET_NAMES as readonly string[]).includes(secretOf(name));
}
