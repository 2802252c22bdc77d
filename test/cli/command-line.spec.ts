import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import packageJson from '../../package.json' with { type: 'json' };
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { photograph } from '../../scripts/kit/images.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';
import { VARIABLES } from '../../src/config/variables.ts';
import { secret } from '../../src/config/formats.ts';
import { OPTION_NAMES } from '../../src/domain/request/options.ts';
import { thumbnailer } from './run.ts';
import { CLI } from '../../scripts/kit/programs.ts';

const KEYS = `k1:${Buffer.alloc(32, 'key').toString('base64url')}`;

describe('thumbnailer', () => {
  it('lists its commands, and each explains itself', () => {
    const { status, stdout } = thumbnailer([]);
    expect(status).to.equal(0);
    const commands = [...stdout.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map(([, name]) => name!);
    expect(commands).to.include.members(['serve', 'make', 'info', 'sign', 'translate', 'purge']);
    for (const command of commands) {
      const help = thumbnailer([command, '--help']);
      expect([help.status, help.stderr], command).to.deep.equal([0, '']);
      expect(help.stdout).to.include(`  thumbnailer ${command} `);
      const flags = [...help.stdout.matchAll(/^ {2}(?:-\w, )?--([\w-]+)/gm)].map(([, name]) => name);
      const named = [...help.stdout.matchAll(/(?<![\w-])--([a-z][\w-]*)/g)].map(([, name]) => name);
      expect(flags, command).to.include.members(named);
    }
    expect(thumbnailer(['--version']).stdout).to.equal(`${packageJson.version}\n`);
  });

  it('explains a command that its help is asked for', () => {
    const { stdout } = thumbnailer(['sign', '--help']);
    expect(thumbnailer(['help', 'sign'])).to.include({ status: 0, stdout });
    expect(thumbnailer(['help', 'maek'])).to.include({ status: 2, stdout: '' });
  });

  it('has every option of a thumbnail as a flag of make and sign', () => {
    for (const command of ['make', 'sign']) {
      const { stdout } = thumbnailer([command, '--help']);
      for (const name of OPTION_NAMES) expect(stdout, command).to.include(`  --${name} `);
    }
  });

  it('has every variable but secrets as a flag of serve', () => {
    const { stdout } = thumbnailer(['serve', '--help']);
    for (const [name, { format }] of Object.entries(VARIABLES)) {
      if (name.startsWith('OTEL_')) continue;
      const flag = `--${name.toLowerCase().replaceAll('_', '-')} `;
      expect(stdout.includes(flag), name).to.equal(format !== secret.format);
    }
  });

  it('refuses a command that there is not', () => {
    for (const name of ['maek', 'toString', '--frobnicate']) {
      const { status, stderr } = thumbnailer([name]);
      expect(status, name).to.equal(2);
      expect(stderr).to.include(`There is no command "${name}". Known: serve, make`);
    }
  });

  it('serves, by flags and by variables, until it is told to stop', async () => {
    const child = spawn(process.execPath, [CLI, 'serve', '--port', '0', '--base-path', '/img'], {
      env: { PATH: process.env['PATH'], HOST: '127.0.0.1', UPLOADS: 'off' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const { url } = JSON.parse(line) as { url: string };
    expect(url).to.match(/\/img$/);
    const page = await fetch(`${url}/`);
    expect(await page.text())
      .to.include('Thumbnail it!')
      .and.not.include('type="file"');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).to.deep.equal([0, null]);
  });

  it('says which of its flags cannot be used', () => {
    const { status, stderr } = thumbnailer(['serve', '--port', 'http']);
    expect(status).to.equal(1);
    expect(stderr).to.include('PORT: expected a whole number from 0 to 65535; found "http"');
  });

  it("takes no other answer than the service's own for a purge", async () => {
    const answers = ['<p>Welcome</p>', '{"message":"Forbidden"}', 'null'];
    const stranger = createServer((_, response) => response.end(answers.at(0))).listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const base = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
    for (; answers.length > 0; answers.shift()) {
      const child = spawn(
        process.execPath,
        [CLI, 'purge', '--url', 'https://example.com/a.jpg', '--base', base],
        { env: { SIGNING_KEYS: KEYS }, stdio: ['ignore', 'ignore', 'pipe'] },
      );
      const [said, exit] = await Promise.all([text(child.stderr), once(child, 'exit')]);
      expect(said).to.equal(`thumbnailer purge: the service answered 200: ${answers[0]}\n`);
      expect(exit).to.deep.equal([1, null]);
    }
    stranger.close();
  });

  describe('with a service:', () => {
    let service: RunningService;
    let origin: Origin;

    before(async () => {
      origin = await startOrigin();
      origin.serve('/a.jpg', { body: await photograph({ width: 90, height: 60 }).jpeg().toBuffer() });
      service = await RunningService.start({ SIGNING_KEYS: KEYS, BASE_PATH: '/img' });
    });
    after(async () => {
      await service[Symbol.asyncDispose]();
      await origin[Symbol.asyncDispose]();
    });

    it('signs what the service then serves', async () => {
      const args = ['sign', '--url', origin.url('/a.jpg'), '--width', '33', '--base', service.url];
      const { status, stdout } = thumbnailer(args, { env: { SIGNING_KEYS: KEYS } });
      expect(status).to.equal(0);
      expect((await fetch(stdout.trim())).status).to.equal(200);
    });

    it('purges, and says what is wrong where it cannot', async () => {
      const thumbnail = `${service.url}/thumbnail?${new URLSearchParams({ url: origin.url('/a.jpg'), size: '64' }).toString()}`;
      const status = async () => (await fetch(thumbnail)).headers.get('cache-status');
      await status();
      expect(await status()).to.include('hit');
      const purge = (keys: string, base: string) =>
        thumbnailer(['purge', '--url', origin.url('/a.jpg'), '--base', base], {
          env: { SIGNING_KEYS: keys },
        });
      expect(purge(KEYS, service.url)).to.include({ status: 0, stdout: '', stderr: '' });
      expect(await status()).to.include('fwd=uri-miss');
      const foreign = purge(`k1:${Buffer.alloc(32, 'other').toString('base64url')}`, service.url);
      expect(foreign.status).to.equal(1);
      expect(foreign.stderr).to.match(
        /^thumbnailer purge: the service answered 403: The signature doesn't match/,
      );
      const nobody = purge(KEYS, 'http://127.0.0.1:9');
      expect(nobody.stderr).to.match(
        /^thumbnailer purge: the service at http:\/\/127\.0\.0\.1:9 did not answer: /,
      );
      expect(purge('', service.url).status).to.equal(2);
    });
  });
});
