import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { MotoServer } from '../adapters/secrets-ssm/moto-server.ts';
import { AwsCli } from './aws-cli/aws-cli.ts';
import { StubbedPrograms } from './stubbed-programs.ts';
import { type Outcome, environmentWith, thumbnailerEcs } from './thumbnailer-ecs.ts';
import { describeUnless, whyMissing } from '../support/describe-with.ts';

const BASE_DIGEST = `sha256:${'b'.repeat(64)}`;

/** Enough of an image for a repository that never runs it. */
const MANIFEST = JSON.stringify({
  schemaVersion: 2,
  mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
  config: {
    mediaType: 'application/vnd.docker.container.image.v1+json',
    size: 1,
    digest: `sha256:${'0'.repeat(64)}`,
  },
  layers: [],
});

/**
 * The emulator starts no task and balances no load, so this is about the templates, the secrets and the order of things.
 */
const whyNot = whyMissing('moto_server', 'aws', 'bash');
describeUnless(whyNot, 'an emulated AWS account, from empty to empty', function () {
  // The emulator makes some thirty resources, on a machine that may be busy.
  this.timeout(300_000);
  let cli: AwsCli | undefined;
  let moto: MotoServer;
  let programs: StubbedPrograms;
  let environment: Record<string, string>;
  const run = (args: readonly string[], input?: string) => thumbnailerEcs(args, environment, input);
  const succeeded = async (outcome: Promise<Outcome>) => {
    const { code, output } = await outcome;
    expect(code, output).to.equal(0);
    return output;
  };

  before(async () => {
    moto = await MotoServer.start();
    programs = await StubbedPrograms.create();
    await programs.stub(
      'docker',
      `case "$1" in
      image) echo node@${BASE_DIGEST} ;;
      login) cat >/dev/null ;;
      push) aws ecr put-image --repository-name thumbnailer --image-tag "\${2##*:}" --image-manifest '${MANIFEST}' ;;
    esac`,
    );
    environment = environmentWith(programs.path, {
      AWS_ENDPOINT_URL: moto.url,
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIDTEST',
      AWS_SECRET_ACCESS_KEY: 'test',
    });
    cli = await AwsCli.start(programs, environment);
  });
  after(async () => {
    await cli?.[Symbol.asyncDispose]();
    await moto[Symbol.asyncDispose]();
    await programs[Symbol.asyncDispose]();
  });

  it('makes the base', async () => {
    expect(await succeeded(run(['base']))).to.include('CREATE_COMPLETE');
  });

  it('keeps the secrets encrypted with the key of the base', async () => {
    const lines = [
      'memcachier-server=mc.example:11211',
      'memcachier-password=p"\\,=',
      `signing-keys=old:${'A'.repeat(43)}`,
    ];
    await succeeded(run(['secrets', '--file', '-'], `# from the dashboard\n${lines.join('\n')}\n`));
    const { Parameters } = (await moto.call('ssm', 'AmazonSSM.GetParameters', {
      Names: ['thumbnailer.memcachier-server', 'thumbnailer.memcachier-password'],
      WithDecryption: true,
    })) as { Parameters: { Name: string; Type: string; Value: string }[] };
    expect(Parameters.map(({ Type }) => Type)).to.deep.equal(['SecureString', 'SecureString']);
    expect(Parameters.map(({ Value }) => Value)).to.have.members(['mc.example:11211', 'p"\\,=']);
  });

  it('puts a new signing key before those there are, and says how they are seen', async () => {
    const output = await succeeded(run(['secrets', '--new-signing-key']));
    const [command = ''] = /^ +aws ssm .*$/m.exec(output) ?? [];
    const { stdout } = spawnSync('bash', ['-c', command], { env: environment, encoding: 'utf8' });
    expect(stdout).to.match(/^\d{8}-\d{6}:[\w-]{43},old:A{43}\n$/);
  });

  it('pushes the image', async () => {
    expect(await succeeded(run(['push', '--tag', 'v1']))).to.match(/pushed v1, sha256:[0-9a-f]{64}/);
    const calls = programs.takeCalls().filter((call) => call.startsWith('docker '));
    expect(calls.map((call) => call.split(' ')[1])).to.deep.equal([
      'pull',
      'image',
      'build',
      'login',
      'push',
    ]);
    expect(calls[0]).to.include('--platform linux/amd64 node:24-trixie-slim');
    expect(calls[2])
      .to.include('--platform linux/amd64')
      .and.include(`--build-arg BASE=node:24-trixie-slim@${BASE_DIGEST} --build-arg GIT_SHA=`);
  });

  it('makes the service, and runs the image by its digest', async () => {
    const cache = ['CachePort=11212', 'CacheNetwork=10.1.0.0/16', 'CacheTls=on'];
    const settings = ['AllowedHosts=a.example,b.example', ...cache].flatMap((setting) => ['--set', setting]);
    const variables = ['USER_AGENT=it\'s {us}, "really"', 'LOG_LEVEL=debug'].flatMap((variable) => [
      '--env',
      variable,
    ]);
    const output = await succeeded(run(['deploy', ...settings, ...variables]));
    expect(output).to.match(/answers at http:\/\/thumbnailer-lb\S+\.elb\.amazonaws\.com/);
    const definition = taskDefinition(environment);
    expect(definition).to.include({ readonlyRootFilesystem: true, stopTimeout: 30 });
    expect(definition.image).to.match(/thumbnailer@sha256:[0-9a-f]{64}$/);
    expect(definition.environment).to.deep.include({ name: 'SECRET_SOURCE', value: 'ssm' });
    expect(definition.environment).to.deep.include({ name: 'ALLOWED_HOSTS', value: 'a.example,b.example' });
    // Empty is unset: the secrets say which memcached.
    expect(definition.environment).to.deep.include({ name: 'THUMBNAIL_CACHE', value: '' });
    expect(definition.environment).to.deep.include({ name: 'MEMCACHED_TLS', value: 'on' });
    expect(definition.environment).to.deep.include({ name: 'RESIZE_CONCURRENCY', value: '1' });
    expect(definition.environment).to.deep.include({ name: 'METRICS_PORT', value: '' });
    expect(definition.environment).to.deep.include({ name: 'USER_AGENT', value: 'it\'s {us}, "really"' });
    expect(definition.environment.filter(({ name }) => name === 'LOG_LEVEL')).to.deep.equal([
      { name: 'LOG_LEVEL', value: 'debug' },
    ]);
    expect(JSON.stringify(definition)).not.to.include('mc.example');
  });

  it('shows what there is', async () => {
    const output = await succeeded(run(['status']));
    expect(output).to.include('thumbnailer-service (CREATE_COMPLETE): well.');
    expect(output)
      .to.match(/of 3 run/)
      .and.match(/http:\/\/thumbnailer-lb/);
    expect(output).to.include('memcachier-password').and.not.include('p"');
  });

  it('takes everything away, and finds nothing left when asked again', async () => {
    // The emulator cannot delete a network with a route table: the script says so, and goes on the second time.
    const first = await run(['delete', '--yes']);
    expect(first.output).to.include('thumbnailer-service is gone').and.include('thumbnailer.signing-keys');
    if (first.code !== 0) expect(first.output).to.match(/thumbnailer-base could not be deleted: \w/);
    const second = await succeeded(run(['delete', '--yes']));
    expect(second).to.include('thumbnailer-service is not there');
    const { Parameters } = await moto.call('ssm', 'AmazonSSM.DescribeParameters', {});
    expect(Parameters).to.deep.equal([]);
  });
});

interface ContainerDefinition {
  readonly image: string;
  readonly environment: readonly { readonly name: string; readonly value: string }[];
}

function taskDefinition(env: Record<string, string>): ContainerDefinition {
  const args = ['ecs', 'describe-task-definition', '--task-definition', 'thumbnailer-task'];
  const query = ['--query', 'taskDefinition.containerDefinitions[0]', '--output', 'json'];
  const { stdout, stderr } = spawnSync('aws', [...args, ...query], { env, encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as ContainerDefinition;
}
