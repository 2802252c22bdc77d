import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { FakeAccount } from './cloudformation/fake-account.ts';
import { StubbedPrograms } from './stubbed-programs.ts';
import { environmentWith, thumbnailerEcs } from './thumbnailer-ecs.ts';
import { describeUnless, isInstalled, whyMissing } from '../support/describe-with.ts';

const hasCfnLint = isInstalled('cfn-lint');

describeUnless(whyMissing('bash'), 'what settings need beside them on ECS', () => {
  const started = new AsyncDisposableStack();
  let programs: StubbedPrograms;
  let account: FakeAccount;

  before(async () => {
    programs = started.use(await StubbedPrograms.create());
    await withSecrets({});
  });
  after(() => started.disposeAsync());

  async function withSecrets(secrets: Readonly<Record<string, string>>): Promise<void> {
    const named = Object.entries(secrets).map(([name, value]) => [`thumbnailer.${name}`, value] as const);
    const names = named.map(([name]) => name).join('\\t');
    const values = named.map(([name, value]) => `${name}\\t${value}\\n`).join('');
    account = started.use(
      await FakeAccount.create(
        programs,
        `case "$*" in
        'ssm get-parameters'*--with-decryption*) printf '${values}'; exit ;;
        'ssm get-parameters'*) printf '${names}\\n'; exit ;;
        esac`,
      ),
    );
    await account.set({ 'thumbnailer-base': 'CREATE_COMPLETE', 'thumbnailer-service': 'UPDATE_COMPLETE' });
  }

  /** The parameters that were sent. */
  async function deploy(...variables: string[]): Promise<Record<string, string | undefined>> {
    const args = variables.flatMap((variable) => ['--env', variable]);
    const { code, output } = await thumbnailerEcs(['deploy', ...args], environmentWith(programs.path));
    expect(code, output).to.equal(0);
    const call = programs.takeCalls().find((text) => text.includes('update-stack')) ?? '';
    const [, json = '[]'] = /--parameters (\[.*\])/.exec(call) ?? [];
    const parameters = JSON.parse(json) as { ParameterKey: string; ParameterValue?: string }[];
    return Object.fromEntries(
      parameters.map((parameter) => [parameter.ParameterKey, parameter.ParameterValue]),
    );
  }

  /** What the template that was sent lets the tasks connect to over IPv4. */
  function egress(): string[] {
    const [, rules = ''] = /SecurityGroupEgress:\n([^]*?)\n {6}Tags:/.exec(account.template()) ?? [];
    return [...rules.matchAll(/Protocol: (\w*), FromPort: (\d*), ToPort: (\d*), .*CidrIp: (.+?) \}/g)].map(
      ([, protocol, from, to, network]) => `${protocol} ${from}-${to} ${network}`,
    );
  }

  const AWS = 'tcp 443-443 0.0.0.0/0';

  it('opens the ports of ALLOWED_SOURCE_PORTS, and no others but that of AWS', async () => {
    await withSecrets({});
    for (const [ports, opened] of [
      [undefined, ['80-80']],
      ['443', []],
      ['443-443,8080', ['8080-8080']],
      ['80,443,8000-8100', ['80-80', '8000-8100']],
    ] as const) {
      await deploy(...(ports === undefined ? [] : [`ALLOWED_SOURCE_PORTS=${ports}`]));
      expect(egress(), ports).to.deep.equal([AWS, ...opened.map((port) => `tcp ${port} 0.0.0.0/0`)]);
    }
  });

  it('opens them over IPv6, too, where there is that', async () => {
    await deploy('ALLOWED_SOURCE_PORTS=8080');
    expect(account.template()).to.include(
      "!If [HasIpv6, { IpProtocol: tcp, FromPort: 8080, ToPort: 8080, Description: Images, CidrIpv6: '::/0' }, !Ref AWS::NoValue]",
    );
  });

  it('opens the ports of servers that variables name, once each', async () => {
    await deploy(
      'SOURCE_BASE=https://origin.example:8443/images/',
      'S3_ENDPOINT=http://store.example:9000',
      'OTEL_EXPORTER_OTLP_ENDPOINT=http://collector.example:4318/v1',
      'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://[fd00::2]:4318',
      'ALLOWED_ORIGINS=https://app.example:3000',
      'DNS_SERVERS=10.0.0.2,10.0.0.3:5353,fd00::53',
    );
    const expected = ['80', '8443', '9000', '4318'].map((port) => `tcp ${port}-${port} 0.0.0.0/0`);
    const names = ['53', '5353'].flatMap((port) => [
      `tcp ${port}-${port} 0.0.0.0/0`,
      `udp ${port}-${port} 0.0.0.0/0`,
    ]);
    expect(egress()).to.have.members([AWS, ...expected, ...names]);
  });

  for (const [title, secret, address, ports, parameters] of [
    [
      'memcached',
      'memcachier-server',
      'mc1.example:11212,mc2.example,[fd00::2]:11212',
      [11212, 11211],
      { CachePort: '11212', OtherCachePorts: '11211' },
    ],
    [
      'Redis',
      'redis-url',
      'rediss://user:p@:1x@r.example:6380/2',
      [6380],
      { RedisPort: '6380', OtherCachePorts: '' },
    ],
    [
      'a cluster',
      'redis-url',
      'redis+cluster://a.example:7000,b.example:7001',
      [7000, 7001],
      { RedisPort: '7000', OtherCachePorts: '7001' },
    ],
    [
      'sentinels and their primary',
      'redis-url',
      'redis+sentinel://:secret@a.example,b.example:26380/main',
      [6379, 26379, 26380],
      { OtherCachePorts: '26379,26380' },
    ],
  ] as const) {
    it(`opens the ports of ${title}, and shows nothing else of its address`, async () => {
      await withSecrets({ [secret]: address });
      const sent = await deploy();
      expect(sent).to.include(parameters);
      expect(egress()).to.have.members([
        AWS,
        'tcp 80-80 0.0.0.0/0',
        ...ports.map((port) => `tcp ${port}-${port} !Ref CacheNetwork`),
      ]);
      expect(JSON.stringify(sent) + account.template()).not.to.match(/secret@|p@|\.example/);
    });
  }

  it('closes the ports of caches whose secrets are gone', async () => {
    await withSecrets({});
    expect(await deploy()).to.include({ OtherCachePorts: '' });
  });

  it('has secrets say that a port has to be opened, and not where it is', async () => {
    await withSecrets({ 'memcachier-server': 'mc.example:11212' });
    const put = () =>
      thumbnailerEcs(
        ['secrets', '--file', '-'],
        environmentWith(programs.path),
        'memcachier-server=mc.example:11212\n',
      );
    expect((await put()).output).to.include('deploy, which opens the port of the cache');
  });

  it('gives rights on the buckets that variables name, unless they are in another store', async () => {
    await withSecrets({});
    const named = [
      'SOURCE_BASE=s3://photos/2024/',
      'ALLOWED_SOURCES=*,s3://media/one.jpg,s3://media/my%20photos/',
      'S3_CACHE=s3://thumbs/v1',
    ];
    expect(await deploy(...named)).to.include({
      NamedSourceBuckets: [
        'photos,photos/2024/*',
        'media,media/one.jpg/*,media/one.jpg',
        'media,media/my photos/*',
      ]
        .flatMap((places) => places.split(',').map((place) => `arn:aws:s3:::${place}`))
        .join(','),
      NamedCacheBuckets: 'arn:aws:s3:::thumbs,arn:aws:s3:::thumbs/v1/*,arn:aws:s3:::thumbs/v1',
    });
    expect(await deploy(...named, 'S3_ENDPOINT=https://store.example')).to.include({
      NamedSourceBuckets: '',
      NamedCacheBuckets: '',
    });
  });

  it('lets tasks stop for as long as SHUTDOWN_TIMEOUT says', async () => {
    expect(await deploy()).to.include({ StopTimeout: '30' });
    expect(await deploy('SHUTDOWN_TIMEOUT=1m')).to.include({ StopTimeout: '65' });
    expect(await deploy('SHUTDOWN_TIMEOUT=40500ms')).to.include({ StopTimeout: '46' });
  });

  it('requires signatures only where there is a key', async () => {
    for (const args of [
      ['--env', 'SIGNATURES=required'],
      ['--set', 'Signatures=required'],
    ]) {
      await withSecrets({});
      const { code, output } = await thumbnailerEcs(['deploy', ...args], environmentWith(programs.path));
      expect([code, programs.takeCalls().join().includes('update-stack')], output).to.deep.equal([1, false]);
      expect(output).to.include('there is no key: thumbnailer-ecs secrets --new-signing-key.');
      await withSecrets({ 'signing-keys': 'k:x' });
      expect((await thumbnailerEcs(['deploy', ...args], environmentWith(programs.path))).code).to.equal(0);
      programs.takeCalls();
    }
  });

  it('refuses what AWS cannot give, before it is asked', async () => {
    const many = Array.from({ length: 51 }, (_, index) => 2000 + 2 * index).join(',');
    for (const [variable, message] of [
      ['SHUTDOWN_TIMEOUT=2m', '115s at most'],
      ['SHUTDOWN_TIMEOUT=soon', 'no duration'],
      ['ALLOWED_SOURCE_PORTS=http', 'no list of ports'],
      [`ALLOWED_SOURCE_PORTS=${many}`, 'more than 50 ports'],
      ['DISK_CACHE_PATH=/cache', 'no disk that outlasts them'],
    ] as const) {
      const { code, output } = await thumbnailerEcs(
        ['deploy', '--env', variable],
        environmentWith(programs.path),
      );
      expect([code, programs.takeCalls().join().includes('update-stack')], output).to.deep.equal([1, false]);
      expect(output).to.include(message);
    }
  });

  it(`makes a template that cfn-lint takes${hasCfnLint ? '' : ' (skipped: cfn-lint is not installed)'}`, async function () {
    if (!hasCfnLint) this.skip();
    await withSecrets({ 'redis-url': 'redis+sentinel://a.example/main' });
    await deploy('ALLOWED_SOURCE_PORTS=8000-8100', 'S3_CACHE=s3://thumbs/', 'DNS_SERVERS=10.0.0.2');
    const { status, stdout } = spawnSync(
      'cfn-lint',
      ['--non-zero-exit-code', 'error', account.templateFile],
      { encoding: 'utf8' },
    );
    expect(status, stdout).to.equal(0);
  });
});
