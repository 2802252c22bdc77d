import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, link, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import sharp from 'sharp';
import { photograph } from '../../scripts/kit/images.ts';
import { TakenPaths, planOutputs } from '../../src/cli/make/outputs.ts';
import { progressBar } from '../../src/cli/make/progress.ts';
import { writeWhole } from '../../src/cli/make/write-whole.ts';
import { createThumbnailer } from '../../src/index.ts';
import { rejection } from '../support/rejection.ts';
import { thumbnailer } from './run.ts';
import { CLI } from '../../scripts/kit/programs.ts';

describe('thumbnailer make', function () {
  let folder: string;
  let photo: Buffer;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'make-'));
    photo = await photograph({ width: 320, height: 200 }).jpeg().toBuffer();
    await writeFile(join(folder, 'photo.jpg'), photo);
  });
  afterEach(() => rm(folder, { recursive: true }));

  const make = (...args: readonly string[]) => thumbnailer(['make', ...args], { cwd: folder });
  const files = async (name = '.') =>
    (await readdir(join(folder, name), { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, name).length + 1))
      .toSorted();
  const facts = async (name: string) => {
    const { format, width, height } = await sharp(await readFile(join(folder, name))).metadata();
    return [format, width, height];
  };

  it('writes one thumbnail, in the format of its name, and says where', async () => {
    const { status, stdout, stderr } = make('photo.jpg', '--size', '64', '-o', 'small/out.webp');
    expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
    expect(stdout).to.match(/^small\/out\.webp 64×40 [\d.]+ (bytes|kB)\n$/);
    expect(await facts('small/out.webp')).to.deep.equal(['webp', 64, 40]);
    expect(await files()).to.deep.equal(['photo.jpg', 'small/out.webp']);
  });

  it('makes the bytes of the service, with all of its options', async () => {
    const parameters = { width: 100, height: 100, fit: 'cover', position: 'top', quality: 40, dpr: 1.5 };
    const flags = Object.entries(parameters).flatMap(([name, value]) => [`--${name}`, String(value)]);
    expect(make('photo.jpg', ...flags, '-o', 'out.jpg').status).to.equal(0);
    await using library = await createThumbnailer();
    const { bytes } = await library.thumbnail(photo, { ...parameters, format: 'jpeg' });
    expect((await readFile(join(folder, 'out.jpg'))).equals(bytes)).to.equal(true);
  });

  it('writes beside the source, with the extension of the format, and never over a source', async () => {
    expect(make('photo.jpg', '--size', '64', '--format', 'jpeg').status).to.equal(0);
    expect(await facts('photo.jpeg')).to.deep.equal(['jpeg', 64, 40]);
    const over = make('photo.jpg', '--size', '64', '--format', 'jpg');
    expect(over.status).to.equal(1);
    expect(over.stderr).to.match(/^photo\.jpg: photo\.jpg is not overwritten: it is itself a source\./);
    expect((await readFile(join(folder, 'photo.jpg'))).equals(photo)).to.equal(true);
  });

  it('never overwrites a source that the output leads to by a link, or by another name', async () => {
    await mkdir(join(folder, 'photos'));
    await writeFile(join(folder, 'photos/a.webp'), photo);
    await symlink('photos', join(folder, 'linked'));
    await symlink('photo.jpg', join(folder, 'link.jpg'));
    await link(join(folder, 'photo.jpg'), join(folder, 'second.jpg'));
    const pairs = [
      ['photos', 'linked', 'photos/a.webp'],
      ['photos/a.webp', 'linked/a.webp', 'photos/a.webp'],
      ['link.jpg', 'photo.jpg', 'photo.jpg'],
      ['photo.jpg', 'second.jpg', 'photo.jpg'],
    ] as const;
    for (const [from, to, source] of pairs) {
      const format = to.endsWith('.jpg') ? 'jpg' : 'webp';
      const { status, stderr } = make(from, '-o', to, '--size', '64', '--format', format);
      expect(status, to).to.equal(1);
      expect(stderr).to.include('is not overwritten: it is itself a source.');
      expect((await readFile(join(folder, source))).equals(photo), source).to.equal(true);
    }
  });

  it('takes no thumbnail for a source where a link leads to their folder', async () => {
    await mkdir(join(folder, 'photos/small'), { recursive: true });
    await writeFile(join(folder, 'photos/a.jpg'), photo);
    await symlink('photos/small', join(folder, 'linked'));
    const args = ['photos', '-o', 'linked', '--size', '64', '--format', 'webp'];
    for (const run of ['first', 'second']) {
      expect(make(...args).status, run).to.equal(0);
      expect(await files('photos')).to.deep.equal(['a.jpg', 'small/a.webp']);
    }
  });

  it('writes no thumbnail over another where two folders are the same by a link', async () => {
    for (const name of ['x', 'y']) {
      await mkdir(join(folder, 'photos', name), { recursive: true });
      await writeFile(join(folder, 'photos', name, 'a.jpg'), photo);
    }
    await mkdir(join(folder, 'small/x'), { recursive: true });
    await symlink('x', join(folder, 'small/y'));
    const { status, stderr } = make('photos', '-o', 'small', '--size', '64', '--format', 'webp');
    expect(status).to.equal(1);
    expect(stderr).to.match(/ is not overwritten: another thumbnail is written there\./);
    expect(await files('small')).to.deep.equal(['x/a.webp']);
  });

  it('writes to standard output', () => {
    const { status, stdout } = make('photo.jpg', '--size', '64', '--format', 'png', '-o', '-');
    expect(status).to.equal(0);
    expect(stdout).to.match(/^.PNG\r\n/s);
  });

  it('finds in a folder whatever has the extension of an image', async () => {
    await mkdir(join(folder, 'photos'));
    const names = ['a.jpe', 'b.svgz', 'c.hif', 'd.HEICS', 'e.avifs', 'f.apng', 'g.dib', 'h.cur', 'i.v2', 'j'];
    for (const name of names) await writeFile(join(folder, 'photos', name), photo);
    expect(make('photos', '-o', 'small', '--size', '32', '--format', 'webp').status).to.equal(0);
    expect((await files('small')).sort().join(' ')).to.equal(
      'a.webp b.webp c.webp d.webp e.webp f.webp g.webp h.webp',
    );
  });

  it('walks a folder, and goes on where an image fails', async () => {
    await mkdir(join(folder, 'photos/trip/.cache'), { recursive: true });
    for (const name of ['a.JPG', 'trip/b.jpg', 'trip/b.png', 'trip/.cache/hidden.jpg'])
      await writeFile(join(folder, 'photos', name), photo);
    await writeFile(join(folder, 'photos/broken.png'), 'no image');
    await writeFile(join(folder, 'photos/notes.txt'), 'no image either');
    await symlink(join(folder, 'photos'), join(folder, 'photos/loop'));
    const { status, stdout, stderr } = make(
      'photos',
      '-o',
      'photos/small',
      '--size',
      '32',
      '--format',
      'webp',
    );
    expect(status).to.equal(1);
    const made = ['a.webp', 'trip/b.jpg.webp', 'trip/b.png.webp'];
    expect(await files('photos/small')).to.deep.equal(made);
    expect(stdout.split('\n').filter((line) => line !== '')).to.have.length(made.length);
    expect(stderr)
      .to.match(/^photos\/broken\.png: This is a text/)
      .and.match(/3 of 4 thumbnails made, 1 failed\n$/);
    const again = make('photos', '-o', 'photos/small', '--size', '32', '--format', 'webp', '-q');
    expect([again.status, again.stdout]).to.deep.equal([1, '']);
    expect(await files('photos/small')).to.deep.equal(made);
  });

  it('makes one thumbnail of an image that is named twice', async () => {
    await mkdir(join(folder, 'photos'));
    await writeFile(join(folder, 'photos/a.jpg'), photo);
    const flags = ['-o', 'small', '--size', '32', '--format', 'png'];
    const { status, stderr } = make('photos', 'photos/a.jpg', './photo.jpg', 'photo.jpg', ...flags);
    expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '2 of 2 thumbnails made\n' });
    expect(await files('small')).to.deep.equal(['a.png', 'photo.png']);
  });

  it('takes several files into a folder', async () => {
    await writeFile(join(folder, 'second.jpg'), photo);
    expect(make('photo.jpg', 'second.jpg', '-o', 'v1.2', '--width', '32', '--format', 'png').status).to.equal(
      0,
    );
    expect(await files('v1.2')).to.deep.equal(['photo.png', 'second.png']);
  });

  it('says of what is not there that it is not, and makes the others', async () => {
    const { status, stderr } = make(
      'photo.jpg',
      'missing.jpg',
      '-o',
      'small',
      '--size',
      '32',
      '--format',
      'png',
    );
    expect(status).to.equal(1);
    expect(stderr).to.include('missing.jpg: There is no such file or folder.');
    expect(await files('small')).to.deep.equal(['photo.png']);
    await mkdir(join(folder, 'empty'));
    const empty = make('empty', '-o', 'small', '--size', '32');
    expect([empty.status, empty.stderr]).to.deep.equal([1, 'There is no image in empty.\n']);
  });

  it('says of a name that is not in UTF-8 that it is not', async function () {
    // Other systems have no such names.
    if (process.platform !== 'linux') this.skip();
    await mkdir(join(folder, 'photos'));
    await writeFile(Buffer.from(join(folder, 'photos/caf\xe9.jpg'), 'latin1'), photo);
    const { status, stderr } = make('photos', '-o', 'small', '--size', '32');
    expect({ status, stderr }).to.deep.equal({
      status: 1,
      stderr: 'photos/caf\uFFFD.jpg: The name is not in UTF-8. Rename it.\n',
    });
  });

  it('says of a folder that cannot be read that it cannot, and makes the others', async function () {
    // Root may read all: there it is tried by somebody else, where that one can read the sources of the program.
    const node = [process.execPath, CLI, 'make', 'photos', '-o', 'small'] as const;
    const nobody = ['setpriv', '--reuid=65534', '--clear-groups', ...node] as const;
    const [program, ...args] = process.getuid?.() === 0 ? nobody : node;
    for (const name of ['closed', 'open']) {
      await mkdir(join(folder, 'photos', name), { recursive: true });
      await writeFile(join(folder, 'photos', name, 'a.jpg'), photo);
    }
    await mkdir(join(folder, 'small'));
    await chmod(join(folder, 'small'), 0o777);
    await chmod(folder, 0o755);
    if (spawnSync(program, [...args, '--help']).status !== 0) this.skip();
    await chmod(join(folder, 'photos/closed'), 0);
    const { status, stderr } = spawnSync(program, [...args, '--size', '32', '--format', 'png'], {
      cwd: folder,
      encoding: 'utf8',
    });
    await chmod(join(folder, 'photos/closed'), 0o755);
    expect({ status, stderr }).to.deep.equal({
      status: 1,
      stderr: 'photos/closed: You do not have the permission.\n',
    });
    expect(await files('small')).to.deep.equal(['open/a.png']);
  });

  it('says why a thumbnail cannot be written', () => {
    const { status, stderr } = make('photo.jpg', '-o', 'photo.jpg/small/a.png', '--size', '32');
    expect(status).to.equal(1);
    expect(stderr).to.equal(
      "photo.jpg: The thumbnail can't be written to photo.jpg/small/a.png. A part of the path is a file, not a folder.\n",
    );
  });

  it('gives up where the file system refuses to make a folder', function () {
    // On Linux, nobody can make a folder here, although the one above exists.
    if (process.platform !== 'linux') this.skip();
    const { status, stderr } = make('photo.jpg', '-o', '/proc/self/small/a.png', '--size', '32');
    expect(status).to.equal(1);
    expect(stderr).to.match(/^photo\.jpg: The thumbnail can't be written to \/proc\/self\/small\/a\.png\. /);
  });

  const refused: Record<string, readonly [readonly string[], RegExp]> = {
    'no image': [['--size', '64'], /Name an image or a folder/],
    'no size': [['photo.jpg'], /--size is missing/],
    'a folder without another for its thumbnails': [['.', '--size', '64'], /--output is missing/],
    'two formats': [['photo.jpg', '--size', '64', '--format', 'png', '-o', 'a.webp'], /--format says png/],
    'an extension that is no format': [
      ['photo.jpg', '--size', '64', '-o', 'a.bmp'],
      /--output: \.bmp is none of the formats .* end it with a slash/,
    ],
    'a format that is none of a file': [
      ['photo.jpg', '--size', '64', '-o', 'a.auto'],
      /--output: \.auto is none/,
    ],
    'a value that the service refuses': [['photo.jpg', '--size', '0'], /--size: size must be/],
    'values that do not go together': [
      ['photo.jpg', '--size', '64', '--format', 'gif'],
      /--format: format gif is/,
    ],
    'an unknown option': [['photo.jpg', '--sise', '64'], /Unknown option '--sise'/],
    'standard output for several': [['photo.jpg', 'b.jpg', '--size', '64', '-o', '-'], /takes one thumbnail/],
  };
  for (const [what, [args, sentence]] of Object.entries(refused)) {
    it(`refuses ${what} in one sentence, with exit code 2`, () => {
      const { status, stdout, stderr } = make(...args);
      expect({ status, stdout }).to.deep.equal({ status: 2, stdout: '' });
      expect(stderr)
        .to.match(sentence)
        .and.match(/^thumbnailer make: [^\n]+\nSee thumbnailer make --help\.\n$/);
    });
  }

  it('takes the limits of the service from the environment', () => {
    const { status, stderr } = thumbnailer(['make', 'photo.jpg', '--size', '32', '-o', 'a.png'], {
      cwd: folder,
      env: { MAX_SOURCE_PIXELS: '1000', THUMBNAIL_CACHE: 'memcached', SIGNATURES: 'required' },
    });
    expect([status, stderr])
      .to.have.nested.property('[1]')
      .that.matches(/photo\.jpg: The image has [\d,]+ pixels, and the limit is 1,000\./);
    expect(status).to.equal(1);
  });

  it('says of settings that cannot be used which they are, without a stack', () => {
    const run = (args: readonly string[], env: Record<string, string>) =>
      thumbnailer([...args, 'photo.jpg'], { cwd: folder, env });
    const made = run(['make', '--size', '32'], { MAX_SOURCE_PIXELS: 'many' });
    expect([made.status, made.stderr]).to.deep.equal([
      1,
      'thumbnailer make: These environment variables cannot be used:\n  MAX_SOURCE_PIXELS: expected a whole number from 1 to 2147483648; found "many"\n',
    ]);
    const told = run(['info'], { IMAGE_RESIZER: './missing.js' });
    expect(told.status).to.equal(1);
    expect(told.stderr)
      .to.match(/^thumbnailer info: .*IMAGE_RESIZER/s)
      .and.not.include('\n    at ');
  });

  it('reads no more of a file than a source may have, also of one that never ends', () => {
    const env = { MAX_SOURCE_SIZE: '1KiB' };
    const large = thumbnailer(['make', 'photo.jpg', '--size', '32', '-o', 'a.png'], { cwd: folder, env });
    expect([large.status, large.stderr]).to.deep.equal([
      1,
      'photo.jpg: The image is larger than 1 KiB. Use a smaller version.\n',
    ]);
    const endless = make('/dev/zero', '--size', '32', '-o', 'a.png');
    expect(endless.status).to.equal(1);
    expect(endless.stderr).to.match(/^\/dev\/zero: /);
  });

  it('leaves no half of a file when it is interrupted', async () => {
    for (let at = 0; at < 30; at += 1) await writeFile(join(folder, `${at}.jpg`), photo);
    const child = spawn(
      process.execPath,
      [CLI, 'make', '.', '-o', 'small', '--size', '64', '--format', 'avif'],
      {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    expect(await once(child, 'exit')).to.deep.equal([null, 'SIGINT']);
    const made = await files('small');
    expect(made.length).to.be.within(1, 30);
    for (const name of made) expect((await facts(`small/${name}`))[1], name).to.equal(64);
  });

  it('ends when it is interrupted, also where it waits for a pipe that nobody writes to', async () => {
    spawnSync('mkfifo', ['pipe.jpg'], { cwd: folder });
    const args = ['make', 'photo.jpg', 'pipe.jpg', '-o', 'small', '--size', '64'];
    const child = spawn(process.execPath, [CLI, ...args], {
      cwd: folder,
      timeout: 20_000,
      killSignal: 'SIGKILL',
    });
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    expect(await once(child, 'exit')).to.deep.equal([null, 'SIGINT']);
  });
});

describe('the parts of thumbnailer make', () => {
  it('write one file whole, even if several write it at the same time', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'whole-'));
    const path = join(folder, 'within', 'a.webp');
    const contents = Array.from({ length: 8 }, (_, at) => String(at).repeat(100_000));
    await Promise.all(contents.map((content) => writeWhole(path, Buffer.from(content))));
    expect(contents).to.include(await readFile(path, 'utf8'));
    expect(await readdir(join(folder, 'within'))).to.deep.equal(['a.webp']);
    await rm(folder, { recursive: true });
  });

  it('write a file whose name is as long as a name can be', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'whole-'));
    const name = `${'写'.repeat(83)}.webp`;
    expect(Buffer.byteLength(name)).to.be.within(250, 255);
    await writeWhole(join(folder, name), Buffer.from('whole'));
    expect(await readdir(folder)).to.deep.equal([name]);
    const error = await rejection(writeWhole(join(folder, `aa${name}`), Buffer.from('whole')));
    expect(error)
      .to.have.property('message')
      .that.matches(/The name is too long for this file system\.$/);
    await rm(folder, { recursive: true });
  });

  it('draws a bar that is full at the end', () => {
    expect(progressBar(0, 4)).to.equal(`${'░'.repeat(24)} 0/4`);
    expect(progressBar(1, 4)).to.equal(`${'█'.repeat(6)}${'░'.repeat(18)} 1/4`);
    expect(progressBar(4, 4)).to.equal(`${'█'.repeat(24)} 4/4`);
  });

  it('writes no two thumbnails into one file, whatever the file system takes for the same name', async () => {
    const images = ['x/A.jpg', 'y/a.png'].map((path) => ({ path, relativePath: path.slice(2) }));
    const plans = planOutputs(images, { kind: 'folder', path: 'out' });
    expect(plans.map(({ outputFor }) => outputFor('webp'))).to.deep.equal([
      'out/A.jpg.webp',
      'out/a.png.webp',
    ]);
    const taken = await TakenPaths.of([]);
    await taken.take('out/A.webp');
    const error = await rejection(taken.take('out/a.webp'));
    expect(error).to.have.property('message').that.includes('another thumbnail is written there');
  });
});
