import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { FakeAccount } from './cloudformation/fake-account.ts';
import { StubbedPrograms } from './stubbed-programs.ts';
import { COMMANDS, SCRIPT, environmentWith, thumbnailerEcs } from './thumbnailer-ecs.ts';
import { describeUnless, whyMissing } from '../support/describe-with.ts';

const ALL_WELL = { 'thumbnailer-base': 'CREATE_COMPLETE', 'thumbnailer-service': 'UPDATE_COMPLETE' };
const [A, B, C, D] = ['a', 'b', 'c', 'd'].map((digit) => `sha256:${digit.repeat(64)}`);

describeUnless(whyMissing('bash'), 'thumbnailer-ecs', () => {
  const started = new AsyncDisposableStack();
  let programs: StubbedPrograms;
  let account: FakeAccount;
  /** @param rest what this account answers otherwise, in shell */
  const otherwise = async (rest: string) => {
    account = started.use(await FakeAccount.create(programs, rest));
    await account.set(ALL_WELL);
  };
  const run = (args: readonly string[], environment: Record<string, string> = {}, input = '') =>
    thumbnailerEcs(args, environmentWith(programs.path, environment), input);

  before(async () => {
    programs = started.use(await StubbedPrograms.create());
    await programs.stub('docker', '');
  });
  beforeEach(() => otherwise(''));
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

  it('refuses an option whose value is missing or empty, as that of a variable that is not set', async () => {
    const options = [
      ['delete', '--yes', '--region'],
      ['base', '--set'],
      ['push', '--base'],
      ['push', '--tag'],
      ['push', '--platform'],
      ['deploy', '--image'],
      ['deploy', '--env'],
      ['deploy', '--set'],
      ['rollback', '--to'],
      ['logs', '--since'],
      ['secrets', '--file'],
    ];
    for (const args of options) {
      for (const value of [[], ['']]) {
        const { code, output } = await run([...args, ...value]);
        expect(output, args.join(' ')).to.equal(`thumbnailer-ecs: ${args.at(-1)} needs a value.\n`);
        expect(code).to.equal(1);
      }
    }
    expect(programs.takeCalls()).to.deep.equal([]);
  });

  const CHANGING: [string[], RegExp, string?][] = [
    [['base'], /would run: aws cloudformation update-stack --stack-name thumbnailer-base/],
    [['secrets', '--file', '-'], /would put thumbnailer.memcachier-password/, 'memcachier-password=s3cret\n'],
    [['secrets', '--new-signing-key'], /would put thumbnailer.signing-keys/],
    [['push'], /would run: docker push 123456789012.dkr.ecr.eu-west-1.amazonaws.com\/thumbnailer:/],
    [['deploy', '--set', 'MaxTasks=9'], /MaxTasks = 9/],
    [['redeploy'], /would run: aws ecs update-service .*--force-new-deployment/],
    [['rollback'], /ImageUri = 123456789012.*@sha256:/],
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
    expect(output).to.include('DesiredCount = 5').and.include('MaxTasks as it is').and.not.include('Gone');
  });

  for (const parameter of ['Environment', 'EarlierImages']) {
    it(`changes nothing where ${parameter} cannot be read, which it would lose`, async () => {
      const throttled = `echo 'An error occurred (Throttling): Rate exceeded' >&2; exit 254`;
      await otherwise(`case "$*" in *"ParameterKey=='${parameter}'"*) ${throttled} ;; esac`);
      const { code, output } = await run(['deploy']);
      expect(output).to.match(
        /thumbnailer-ecs: the settings of thumbnailer-service cannot be read: .*Rate exceeded/,
      );
      expect(code).to.equal(1);
      expect(programs.takeCalls().filter((call) => call.includes('update-stack'))).to.deep.equal([]);
    });
  }

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

    it('builds one image for several platforms where they are named', async () => {
      const base = `node@${DIGEST}`;
      await run(['push', '--tag', 'v1', '--base', base, '--platform', 'linux/amd64,linux/arm64']);
      const calls = programs.takeCalls().filter((call) => call.startsWith('docker '));
      expect(calls.map((call) => call.split(' ')[1])).to.deep.equal(['login', 'buildx']);
      expect(calls[1]).to.match(/^docker buildx build --push --platform linux\/amd64,linux\/arm64 .*:v1 /);
    });

    it('builds nothing on a base image whose digest is not known', async () => {
      const { code, builds, output } = await push();
      expect([code, builds]).to.deep.equal([1, []]);
      expect(output).to.include('does not know the digest of node:');
    });
  });

  it('sends a parameter once, and of what is given the last', async () => {
    await run(['deploy', '--set', 'DesiredCount=7', '--set', 'MaxTasks=8', '--set', 'MaxTasks=9']);
    const [request = ''] = programs.takeCalls().filter((call) => call.includes(' update-stack'));
    const parameters = JSON.parse(/--parameters (\[.*\])/.exec(request)?.[1] ?? '') as Parameter[];
    expect(new Set(parameters.map(({ ParameterKey }) => ParameterKey)).size).to.equal(parameters.length);
    const values = new Map(parameters.map((given) => [given.ParameterKey, given.ParameterValue]));
    expect([values.get('DesiredCount'), values.get('MaxTasks')]).to.deep.equal(['7', '9']);
  });

  describe('rollback', () => {
    const goneBack = async (...args: string[]) => {
      const { output } = await run(['rollback', ...args, '--dry-run']);
      return [/ImageUri = .*@(.*)/.exec(output)?.[1], /EarlierImages = (.*)/.exec(output)?.[1]];
    };

    it('goes back to the image that ran before, and then to the one before that', async () => {
      expect(await goneBack()).to.deep.equal([B, C]);
      await otherwise(`case "$*" in *"'EarlierImages'"*) echo ${C}; exit ;; esac`);
      expect(await goneBack()).to.deep.equal([C, '']);
    });

    it('remembers what ran before an image that is named', async () => {
      expect(await goneBack('--to', C ?? '')).to.deep.equal([C, '']);
      expect(await goneBack('--to', D ?? '')).to.deep.equal([D, `${B},${C}`]);
    });

    it('never brings out what did not come up: a deployment that went back by itself is over', async () => {
      await account.set({ ...ALL_WELL, 'thumbnailer-service': 'UPDATE_ROLLBACK_COMPLETE' });
      const { code, output } = await run(['rollback']);
      expect(code).to.equal(0);
      expect(output).to.include(`as it was before the last deployment, of image ${A}`);
      expect(programs.takeCalls().filter((call) => call.includes('update-stack'))).to.deep.equal([]);
    });

    it('knows no image where none ran before', async () => {
      await otherwise(`case "$*" in *"'EarlierImages'"*) echo None; exit ;; esac`);
      expect((await run(['rollback'])).output).to.include('no earlier image is known. Name one with --to.');
    });
  });

  it('remembers what ran when it deploys another image, and keeps the repository from expiring that', async () => {
    await run(['deploy', '--image', D ?? '']);
    const calls = programs.takeCalls();
    const update = calls.find((call) => call.includes(' update-stack')) ?? '';
    expect(update).to.include(`{"ParameterKey":"EarlierImages","ParameterValue":"${A},${B},${C}"}`);
    expect(calls.some((call) => call.includes(`--image-tag live --image-digest ${D}`))).to.equal(true);
  });

  it('shows of the log, with --errors, all that is not routine, be it JSON or not', async () => {
    await run(['logs', '--errors', '--since', '2h']);
    const [tail = ''] = programs.takeCalls().filter((call) => call.startsWith('aws logs tail'));
    const [, pattern = ''] = /--filter-pattern (.*?) *$/.exec(tail) ?? [];
    const excluded = [...pattern.matchAll(/-"((?:\\.|[^"])*)"/g)].map(([, term = '']) =>
      term.replaceAll('\\', ''),
    );
    const isShown = (line: string) => excluded.every((term) => !line.includes(term));
    expect(excluded).to.have.length(3);
    for (const level of [10, 20, 30, 40, 50, 60]) {
      expect(isShown(JSON.stringify({ level, time: 1 })), String(level)).to.equal(level >= 40);
    }
    expect(
      isShown('FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'),
    ).to.equal(true);
  });

  it('follows the deployment that redeploy has begun, and no other', async () => {
    const redeploy = async (fields: string) => {
      // The one by which ECS goes back has succeeded.
      await otherwise(`case "$*" in
        'ecs update-service'*"deployments[?status=='PRIMARY']"*) echo ecs-svc/7; exit ;;
        'ecs describe-services'*"deployments[?id=='ecs-svc/7']"*) printf '${fields}'; exit ;;
        'ecs describe-services'*rolloutState*) printf 'COMPLETED\\t3\\t3\\t0\\n'; exit ;;
      esac`);
      return run(['redeploy']);
    };
    const done = await redeploy('COMPLETED\\t3\\t3\\t0\\n');
    expect([done.code, done.output.includes('COMPLETED: 3 of 3 tasks run, 0 failed')]).to.deep.equal([
      0,
      true,
    ]);
    const failed = await redeploy('FAILED\\t0\\t3\\t9\\n');
    expect([failed.code, failed.output.includes('the deployment failed')]).to.deep.equal([1, true]);
    const replaced = await redeploy('');
    expect([replaced.code, replaced.output.includes('is not there any more')]).to.deep.equal([1, true]);
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
    await account.set({});
    const { code, output } = await run(['deploy']);
    expect(code).to.equal(1);
    expect(output).to.include('there is no stack thumbnailer-base in eu-west-1');
  });

  it('asks for an image where there is none', async () => {
    await otherwise(`case "$*" in *imageDetails*) echo None; exit ;; esac`);
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

  it('puts all secrets of a file or none, and names the line that is faulty', async () => {
    const good = '# from the dashboard\nmemcachier-username=u\n\n';
    for (const [faulty, complaint] of [
      ['memcachier-pasword=p', "line 4 of the file: 'memcachier-pasword' is no secret"],
      ['memcachier-password', 'line 4 of the file is not NAME=VALUE'],
      ['memcachier-server=mc1:11211 mc2:11211', 'line 4 of the file: memcachier-server must be host:port'],
      ['redis-url=cache.example:6379', 'line 4 of the file: redis-url must begin with redis://'],
      [`signing-keys=${'A'.repeat(43)}`, 'line 4 of the file: signing-keys must be id:key'],
      [`signing-keys=a:${'A'.repeat(42)}`, 'line 4 of the file: signing-keys must be id:key'],
      [
        `signing-keys=a:${'A'.repeat(43)};b:${'B'.repeat(43)}`,
        'line 4 of the file: signing-keys must be id:key',
      ],
      [
        `signing-keys=a:${'A'.repeat(43)}, b:${'B'.repeat(43)},a:${'C'.repeat(43)}`,
        'line 4 of the file: signing-keys has two keys of the same id',
      ],
    ]) {
      const { code, output } = await run(
        ['secrets', '--file', '-'],
        {},
        `${good}${faulty}\nsigning-keys=x\n`,
      );
      expect(output).to.include(complaint);
      expect([code, programs.takeCalls().filter((call) => call.includes('put-parameter'))]).to.deep.equal([
        1,
        [],
      ]);
    }
  });

  it('puts no signing keys of which two have the same id, as of one second: new tasks would not start', async () => {
    const known = `a:${'A'.repeat(43)},a:${'B'.repeat(43)}`;
    await otherwise(`case "$*" in 'ssm get-parameters'*--with-decryption*) echo '${known}'; exit ;; esac`);
    const { code, output } = await run(['secrets', '--new-signing-key']);
    expect(output).to.include('signing-keys has two keys of the same id').and.not.include('A'.repeat(43));
    expect(code).to.equal(1);
    expect(programs.takeCalls().filter((call) => call.includes('put-parameter'))).to.deep.equal([]);
  });

  it('refuses two ways to give secrets at once, of which one would be left out', async () => {
    for (const args of [
      ['--file', '-', '--new-signing-key'],
      ['--file', '-', 'redis-url'],
      ['--new-signing-key', 'signing-keys'],
    ]) {
      const { code, output } = await run(['secrets', ...args], {}, 'redis-url=redis://cache.example\n');
      expect(output, args.join(' ')).to.include('one of --file, --new-signing-key and NAMEs at a time');
      expect(code).to.equal(1);
    }
    expect(programs.takeCalls()).to.deep.equal([]);
  });

  it('puts all secrets that it asks for or none', async function () {
    if (whyMissing('script') !== undefined) this.skip();
    const answers = async (...lines: string[]) => {
      const command = 'thumbnailer-ecs secrets memcachier-server redis-url';
      const path = `${dirname(SCRIPT)}:${programs.path}`;
      const terminal = spawn('script', ['-qec', command, '/dev/null'], { env: environmentWith(path) });
      let asked = 0;
      let output = '';
      for await (const text of terminal.stdout as AsyncIterable<Buffer>) {
        output += text.toString();
        const questions = output.match(/(?:memcachier-server|redis-url): /g)?.length ?? 0;
        for (; asked < questions; asked += 1) terminal.stdin.write(`${lines[asked]}\n`);
      }
      const put = programs.takeCalls().filter((call) => call.includes('put-parameter')).length;
      return { output, put };
    };
    const faulty = await answers('mc.example:11211', 'cache.example:6379');
    expect(faulty.output).to.include('redis-url must begin with redis://');
    expect(faulty.put).to.equal(0);
    const good = await answers('mc.example:11211', 'redis://cache.example:6379');
    expect(good.put, good.output).to.equal(2);
    expect(good.output).not.to.include('mc.example');
  });

  it('puts what a file has, and joins the lines of source-headers', async () => {
    const show = `for word; do case $word in file://*) cat "\${word#file://}"; echo ;; esac; done >>"$HOME/put"`;
    const home = await mkdtemp(join(tmpdir(), 'secrets-'));
    await otherwise(`case "$*" in *put-parameter*) ${show}; echo 1; exit ;; esac`);
    const secrets = [
      'memcachier-server=mc1.example:11211,mc2.example',
      'redis-url=rediss://u:p@cache.example:6379/1',
      `signing-keys=2026:${'-_'.repeat(22)}=, a.b-c:${'A'.repeat(43)}`,
    ];
    const headers = ['source-headers=a.example: X: 1', 'source-headers=b.example: Y: 2'];
    await run(['secrets', '--file', '-'], { HOME: home }, [...secrets, ...headers].join('\n'));
    const put = await readFile(join(home, 'put'), 'utf8');
    await rm(home, { recursive: true });
    const known = put
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { Name: string; Value: string });
    expect(known.map(({ Name, Value }) => `${Name.replace('thumbnailer.', '')}=${Value}`)).to.deep.equal([
      ...secrets,
      'source-headers=a.example: X: 1\nb.example: Y: 2',
    ]);
  });

  it('says what has to be done for tasks to use a secret', async () => {
    const next = async () =>
      (await run(['secrets', '--file', '-'], {}, 'memcachier-server=mc.example:11211\n')).output;
    expect(await next()).to.include('Nothing is to be done.');
    // The service was deployed without it.
    await otherwise(`case "$*" in *"'Cache'"*) echo memory; exit ;; esac`);
    expect(await next()).to.include('Next: thumbnailer-ecs deploy.');
    await account.set({ 'thumbnailer-base': 'CREATE_COMPLETE' });
    expect(await next()).to.include('Next: thumbnailer-ecs push, thumbnailer-ecs deploy');
  });

  it('deletes nothing unasked', async () => {
    const { code, output } = await run(['delete']);
    expect(code).to.equal(1);
    expect(output).to.include('Give --yes');
    expect(programs.takeCalls().filter((call) => call.includes('delete'))).to.deep.equal([]);
  });
});

interface Parameter {
  readonly ParameterKey: string;
  readonly ParameterValue?: string;
}
