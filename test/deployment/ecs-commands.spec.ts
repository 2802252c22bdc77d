import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { StubbedPrograms } from './stubbed-programs.ts';
import { COMMANDS, environmentWith, isInstalled, thumbnailerEcs } from './thumbnailer-ecs.ts';

const hasBash = isInstalled('bash');

/** An account in which all is well. */
const ACCOUNT = `case "$*" in
  --version) echo aws-cli/2.31.0 ;;
  'sts get-caller-identity'*) echo 123456789012 ;;
  *StackStatus*) echo "\${STATE:-CREATE_COMPLETE}" ;;
  *RepositoryUri*) echo 123456789012.dkr.ecr.eu-west-1.amazonaws.com/thumbnailer ;;
  *imageDetails*) echo sha256:${'a'.repeat(64)} ;;
  *ParameterKey*) printf 'Name\\tImageUri\\tMaxTasks\\tGone\\n' ;;
  'ssm get-parameters'*--with-decryption*) echo None ;;
  'ssm get-parameters'*) printf 'thumbnailer.memcachier-server\\tthumbnailer.signing-keys\\n' ;;
  *desiredCount) echo 5 ;;
  *taskDefinition) echo arn:aws:ecs:eu-west-1:123456789012:task-definition/thumbnailer-task:7 ;;
  *thumbnailer-task:7*) echo repository@sha256:${'a'.repeat(64)} ;;
  *thumbnailer-task:6*) echo repository@sha256:${'b'.repeat(64)} ;;
  'ecs list-task-definitions'*) echo arn:aws:ecs:eu-west-1:123456789012:task-definition/thumbnailer-task:6 ;;
  'ecr list-images'*) echo sha256:${'a'.repeat(64)} ;;
  'logs describe-log-groups'*) echo /ecs/thumbnailer-task ;;
  'cloudformation describe-stack-events'*) printf 'CREATE_FAILED\\tService\\tno capacity\\n' ;;
  'configure get region') exit 1 ;;
esac`;

describe(`thumbnailer-ecs${hasBash ? '' : ' (skipped: bash is not installed)'}`, function () {
  this.timeout(20_000);
  const started = new AsyncDisposableStack();
  let programs: StubbedPrograms;
  const run = (args: readonly string[], environment: Record<string, string> = {}, input = '') =>
    thumbnailerEcs(args, environmentWith(programs.path, environment), input);

  before(async function () {
    if (!hasBash) this.skip();
    programs = started.use(await StubbedPrograms.create());
    await programs.stub('docker', '');
  });
  beforeEach(async () => {
    await programs.stub('aws', ACCOUNT);
    programs.takeCalls();
  });
  after(() => started.disposeAsync());

  it('explains itself and each command without asking AWS anything', async () => {
    const help = await run(['--help']);
    expect(help.code).to.equal(0);
    for (const command of COMMANDS) {
      expect(help.output).to.match(new RegExp(`^  ${command} `, 'm'));
      const { code, output } = await run([command, '--help']);
      expect(code).to.equal(0);
      expect(output).to.match(new RegExp(`^Usage: thumbnailer-ecs ${command}\\b`));
    }
    expect(programs.takeCalls()).to.deep.equal([]);
  });

  it('refuses what it does not know', async () => {
    for (const args of [['undo'], ['status', '--fast'], ['base', 'now'], ['deploy', '--set', 'Colour=red']]) {
      const { code, output } = await run(args);
      expect(code, args.join(' ')).to.equal(1);
      expect(output).to.match(/^thumbnailer-ecs: /m);
    }
    expect((await run(['status', '--name', 'Über'])).output).to.include('cannot be used as a name');
    expect((await run([])).code).to.equal(2);
  });

  const CHANGING: [string[], RegExp, string?][] = [
    [['base'], /would run: aws cloudformation update-stack --stack-name thumbnailer-base/],
    [['secrets', '--file', '-'], /would put thumbnailer.memcachier-password/, 'memcachier-password=s3cret\n'],
    [['secrets', '--new-signing-key'], /would put thumbnailer.signing-keys/],
    [['push'], /would run: docker push 123456789012.dkr.ecr.eu-west-1.amazonaws.com\/thumbnailer:/],
    [['deploy', '--set', 'MaxTasks=9'], /ParameterKey=MaxTasks\\,ParameterValue=9/],
    [['redeploy'], /would run: aws ecs update-service .*--force-new-deployment/],
    [['rollback'], new RegExp(`ParameterValue=123456789012.*@sha256:`)],
    [['delete'], /would run: aws ssm delete-parameter --name thumbnailer.signing-keys/],
  ];
  for (const [args, expected, input] of CHANGING) {
    it(`${args.join(' ')} --dry-run says what it would do, and does none of it`, async () => {
      const { code, output } = await run([...args, '--dry-run'], {}, input);
      expect(output).to.match(expected);
      expect(output).not.to.include('s3cret');
      expect(code).to.equal(0);
      for (const call of programs.takeCalls()) {
        expect(call).to.match(/^aws (--version|configure get|sts get-|[a-z]+ (describe|get|list)-)/);
      }
    });
  }

  it('keeps the number of tasks that scaling chose, and the settings that were made before', async () => {
    const { output } = await run(['deploy', '--dry-run']);
    expect(output).to.include('ParameterKey=DesiredCount\\,ParameterValue=5');
    expect(output).to.include('ParameterKey=MaxTasks\\,UsePreviousValue=true');
    expect(output).not.to.include('Gone');
  });

  for (const [secrets, cache] of [
    ['thumbnailer.memcachier-server\\tthumbnailer.signing-keys', 'memcached'],
    ['thumbnailer.signing-keys', 'memory'],
  ]) {
    it(`has the tasks use ${cache} where the secrets are ${secrets}, in a rollback, too`, async () => {
      await programs.stub(
        'aws',
        `case "$*" in 'ssm get-parameters'*) printf '${secrets}\\n'; exit ;; esac\n${ACCOUNT}`,
      );
      for (const command of ['deploy', 'rollback']) {
        const { output } = await run([command, '--dry-run']);
        expect(output).to.include(`ParameterKey=Cache\\,ParameterValue=${cache} `);
      }
    });
  }

  it('opens the port of memcached only where the tasks use it', async () => {
    const template = await readFile(
      `${import.meta.dirname}/../../scripts/ecs/templates/service.yaml`,
      'utf8',
    );
    const rules = /SecurityGroupEgress:\n([^]*?)\n {6}Tags:/.exec(template)?.[1] ?? '';
    const [always, whereUsed] = rules.split('- !If\n          - UsesMemcached\n');
    const portsOf = (text = '') => [...text.matchAll(/ToPort: ([^,\n]+)/g)].map(([, port]) => port);
    expect([portsOf(always), portsOf(whereUsed)]).to.deep.equal([['80', '443'], ['!Ref CachePort']]);
    expect(whereUsed).to.match(/- !Ref AWS::NoValue$/);
  });

  it('does not let the cache be set apart from its secret', async () => {
    const { code, output } = await run(['deploy', '--set', 'Cache=memory']);
    expect([code, output]).to.deep.equal([
      1,
      'thumbnailer-ecs: Cache is memcached where there is the secret memcachier-server, and else memory.\n',
    ]);
  });

  describe('push', () => {
    afterEach(() => programs.stub('docker', ''));
    const [DIGEST, OTHER] = ['c', 'd'].map((digit) => `sha256:${digit.repeat(64)}`);
    const push = async (...args: string[]) => {
      const outcome = await run(['push', '--tag', 'v1', ...args]);
      const builds = programs.takeCalls().filter((call) => call.startsWith('docker build'));
      return { ...outcome, builds };
    };

    it('builds on the digest that the tag of the base image has now', async () => {
      await programs.stub(
        'docker',
        `case "$*" in 'image inspect'*) printf 'mirror.example/node@${OTHER}\\nnode@${DIGEST}\\n\\n' ;; esac`,
      );
      const { builds, output } = await push();
      expect(builds).to.have.length(1);
      expect(builds[0]).to.match(new RegExp(`--build-arg BASE=node:\\d+-\\w+-slim@${DIGEST} `));
      expect(output).to.match(new RegExp(`-slim@${DIGEST}$`, 'm'));
    });

    it('builds on a digest that it is given, and asks for no other', async () => {
      const { builds } = await push('--base', `mirror.example/node@${DIGEST}`);
      expect(builds[0]).to.include(`--build-arg BASE=mirror.example/node@${DIGEST} `);
    });

    it('builds nothing on a base image whose digest is not known', async () => {
      const { code, builds, output } = await push();
      expect([code, builds]).to.deep.equal([1, []]);
      expect(output).to.include('does not know the digest of node:');
    });
  });

  it('goes back to the image that ran before', async () => {
    await run(['rollback', '--dry-run']);
    expect(programs.takeCalls().join('\n')).to.include(`imageDigest=sha256:${'b'.repeat(64)}`);
  });

  it('stops a running deployment, and repairs one whose rollback failed', async () => {
    const dryRun = async (STATE: string) => (await run(['rollback', '--dry-run'], { STATE })).output;
    expect(await dryRun('UPDATE_IN_PROGRESS')).to.include('cancel-update-stack');
    expect(await dryRun('UPDATE_ROLLBACK_FAILED')).to.include('continue-update-rollback');
  });

  it('says what a stack that is not ready needs', async () => {
    const deploy = async (STATE: string) => run(['base'], { STATE });
    expect((await deploy('UPDATE_IN_PROGRESS')).output).to.include('is being changed');
    expect((await deploy('DELETE_FAILED')).output).to.include("'thumbnailer-ecs delete'");
    const remade = await run(['base', '--dry-run'], { STATE: 'ROLLBACK_COMPLETE' });
    expect(remade.output).to.include('no capacity').and.include('delete-stack').and.include('create-stack');
  });

  it('says what is wrong with the login or the region', async () => {
    await programs.stub('aws', 'echo "Unable to locate credentials" >&2; exit 253');
    expect((await run(['status'])).output).to.match(/not logged in to AWS \(Unable to locate credentials\)/);
    await programs.stub('aws', 'echo "The SSO session has expired" >&2; exit 255');
    expect((await run(['status'])).output).to.include('has expired. Log in again');
    await programs.stub('aws', 'echo "Could not connect to the endpoint URL: x" >&2; exit 255');
    expect((await run(['status'], { AWS_REGION: 'eu-west-9' })).output).to.include("reached in 'eu-west-9'");
    await programs.stub('aws', 'exit 1');
    expect((await run(['status'], { AWS_REGION: '' })).output).to.include('no AWS region is chosen');
  });

  it('asks for the base where there is none in the region', async () => {
    await programs.stub(
      'aws',
      `case "$*" in *StackStatus*) echo 'Stack does not exist' >&2; exit 254 ;; *) echo 1 ;; esac`,
    );
    const { code, output } = await run(['deploy']);
    expect(code).to.equal(1);
    expect(output).to.include('there is no stack thumbnailer-base in eu-west-1');
  });

  it('asks for an image where there is none', async () => {
    await programs.stub('aws', `case "$*" in *imageDetails*) echo None; exit ;; esac\n${ACCOUNT}`);
    const { code, output } = await run(['deploy']);
    expect(code).to.equal(1);
    expect(output).to.include("has no image. Run 'thumbnailer-ecs push' first");
  });

  it('never shows a secret to those who list processes', async () => {
    await run(['secrets', '--file', '-'], {}, 'memcachier-username=u\nmemcachier-password=pa"s\\s,w=d\n');
    const calls = programs.takeCalls().filter((call) => call.includes('put-parameter'));
    expect(calls).to.have.length(2);
    expect(calls.join()).not.to.include('pa"s');
  });

  it('deletes nothing unasked', async () => {
    const { code, output } = await run(['delete']);
    expect(code).to.equal(1);
    expect(output).to.include('Give --yes');
    expect(programs.takeCalls().filter((call) => call.includes('delete'))).to.deep.equal([]);
  });
});
