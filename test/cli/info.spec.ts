import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { photograph } from '../../scripts/kit/images.ts';
import { INFO_FIELDS } from '../../src/domain/request/info-spec.ts';
import { createThumbnailer } from '../../src/index.ts';
import { thumbnailer } from './run.ts';

describe('thumbnailer info', () => {
  let folder: string;
  let photo: Buffer;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'info-'));
    photo = await photograph({ width: 320, height: 200 }).jpeg().toBuffer();
    await writeFile(join(folder, 'photo.jpg'), photo);
    await writeFile(join(folder, 'broken.jpg'), 'no image');
  });
  after(() => rm(folder, { recursive: true }));

  const info = (...args: readonly string[]) => thumbnailer(['info', ...args], { cwd: folder });

  it('tells all that the library tells, in the same order', async () => {
    const { status, stdout, stderr } = info('photo.jpg');
    expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
    const told = JSON.parse(stdout) as Record<string, unknown>;
    expect(Object.keys(told)).to.deep.equal(INFO_FIELDS);
    expect(told).to.include({ format: 'jpeg', width: 320, height: 200, bytes: photo.length, frames: 1 });
    await using library = await createThumbnailer();
    expect(await library.info(photo)).to.deep.equal(told);
  });

  it('tells only what is asked for, of every image that can be read, and of which it is', () => {
    const { status, stdout, stderr } = info(
      'photo.jpg',
      'broken.jpg',
      'gone.jpg',
      '--fields',
      'width,format',
    );
    expect(status).to.equal(1);
    expect(stdout).to.equal('{"file":"photo.jpg","format":"jpeg","width":320}\n');
    expect(stderr).to.match(/^broken\.jpg: .+\ngone\.jpg: There is no such file or folder\.\n$/);
  });

  it('says of a file that is too large that it is, however large', async () => {
    const path = join(folder, 'huge.jpg');
    await writeFile(path, photo);
    await truncate(path, 3 * 1024 ** 3);
    const { status, stderr } = info('huge.jpg');
    expect({ status, stderr }).to.deep.equal({
      status: 1,
      stderr: 'huge.jpg: The image is larger than 20 MiB. Use a smaller version.\n',
    });
  });

  it('refuses what it does not know', () => {
    expect(info('photo.jpg', '--fields', 'size')).to.have.property('status', 2);
    expect(info()).to.have.property('status', 2);
  });
});
