import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { photograph } from '../../scripts/kit/images.ts';
import { CLI } from '../../scripts/kit/programs.ts';

const NAMES = ['a', 'b', 'c', 'd'];
const IMAGES = NAMES.map((name) => `${name}.jpg`);
const MAKE = ['make', ...IMAGES, '-o', 'small', '--size', '32', '--format', 'png'];

describe('the output of thumbnailer', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'output-'));
    const photo = await photograph({ width: 64, height: 48 }).jpeg().toBuffer();
    for (const name of IMAGES) await writeFile(join(folder, name), photo);
  });
  afterEach(() => rm(folder, { recursive: true }));

  const outcomeOf = async (child: ChildProcess) => {
    const [said] = await Promise.all([text(child.stderr!), once(child, 'exit')]);
    return { status: child.exitCode, said };
  };
  const made = async () => (await readdir(join(folder, 'small'))).toSorted();

  describe('whose reader leaves', () => {
    const start = (args: readonly string[]) => {
      const child = spawn(process.execPath, [CLI, ...args], { cwd: folder });
      child.stdout.destroy();
      return child;
    };

    it('keeps no thumbnail from being made', async () => {
      const summary = '4 of 4 thumbnails made\n';
      expect(await outcomeOf(start(MAKE))).to.deep.equal({ status: 0, said: summary });
      expect(await made()).to.deep.equal(NAMES.map((name) => `${name}.png`));
    });

    it('ends a command that only tells something, without a word', async () => {
      expect(await outcomeOf(start(['info', ...IMAGES]))).to.deep.equal({ status: 0, said: '' });
      const translate = start(['translate', '--from', 'thumbor']);
      translate.stdin.on('error', () => undefined);
      const feeding = setInterval(() => translate.stdin.write('/unsafe/30x20/https://e.example/a.jpg\n'), 20);
      expect(await outcomeOf(translate)).to.deep.equal({ status: 0, said: '' });
      clearInterval(feeding);
    });
  });

  describe('whose disk is full', () => {
    before(function () {
      if (!existsSync('/dev/full')) this.skip();
    });

    const run = async (args: readonly string[]) => {
      const full = await open('/dev/full', 'w');
      const stdio = ['ignore', full.fd, 'pipe'] as const;
      const { status, stderr } = spawnSync(process.execPath, [CLI, ...args], {
        cwd: folder,
        stdio: [...stdio],
        encoding: 'utf8',
      });
      await full.close();
      return { status, stderr };
    };
    const full = "thumbnailer: The output can't be written. The disk is full.\n";

    it('is told of, once, by every command', async () => {
      for (const args of [['info', ...IMAGES], ['--help'], ['make', 'a.jpg', '--size', '32', '-o', '-']]) {
        expect(await run(args), args[0]).to.deep.equal({ status: 1, stderr: full });
      }
    });

    it('keeps no thumbnail from being made', async () => {
      const { status, stderr } = await run(MAKE);
      expect({ status, stderr }).to.deep.equal({ status: 1, stderr: `${full}4 of 4 thumbnails made\n` });
      expect(await made()).to.have.length(NAMES.length);
    });
  });

  it('for errors may be full or gone, too', async () => {
    const child = spawn(process.execPath, [CLI, 'info', 'gone.jpg', 'a.jpg', '--fields', 'format'], {
      cwd: folder,
    });
    child.stderr.destroy();
    expect(await text(child.stdout)).to.equal('{"file":"a.jpg","format":"jpeg"}\n');
  });
});
