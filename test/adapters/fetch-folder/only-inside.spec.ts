import { link, mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import fc from 'fast-check';
import { withoutPath } from '../../../src/adapters/fetch-folder/file-errors.ts';
import { FolderImageFetcher } from '../../../src/adapters/fetch-folder/index.ts';
import {
  InvalidRequestError,
  SourceForbiddenError,
  SourceUnreachableError,
} from '../../../src/domain/errors/index.ts';
import { parseSourceUrl } from '../../../src/domain/request/source-url.ts';
import { rejection } from '../../support/rejection.ts';

describe('a folder of images', () => {
  let home: string;
  let folder: string;
  let fetcher: FolderImageFetcher;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'images-'));
    folder = join(home, 'inside');
    await mkdir(join(folder, 'album'), { recursive: true });
    await writeFile(join(folder, 'album/a.jpg'), 'inside');
    await mkdir(join(home, 'outside'));
    await writeFile(join(home, 'outside/a.jpg'), 'secret');
    await mkdir(join(home, 'inside-not'));
    await writeFile(join(home, 'inside-not/a.jpg'), 'secret');
    fetcher = new FolderImageFetcher({ folder: `${folder}/` });
  });
  afterEach(async () => {
    await fetcher.close();
    await rm(home, { recursive: true });
  });

  async function outcomeOf(path: string): Promise<string> {
    try {
      const source = parseSourceUrl(path, { base: pathToFileURL(`${folder}/`).href });
      using answer = await fetcher.fetch(source, { signal: new AbortController().signal });
      let text = '';
      for await (const chunk of answer.body) text += Buffer.from(chunk).toString();
      return answer.status === 200 ? text : String(answer.status);
    } catch (error) {
      return (error as Error).name;
    }
  }

  for (const path of [
    '/../outside/a.jpg',
    '/album/../../outside/a.jpg',
    '/%2e%2e/outside/a.jpg',
    '/..%2foutside/a.jpg',
    '/%252e%252e%252foutside%252fa.jpg',
    '/album/..%5c..%5coutside/a.jpg',
    '/.%00./outside/a.jpg',
    '/a.jpg%00.png',
    '/%c0%ae%c0%ae/outside/a.jpg',
    '/..;/outside/a.jpg',
    '/a.jpg?x',
    '/a.jpg#x',
    '/%',
  ]) {
    it(`has nothing at ${path}`, async () => {
      expect(await outcomeOf(path)).to.equal(InvalidRequestError.name);
    });
  }

  for (const path of [
    '/.. /outside/a.jpg',
    '/.../a.jpg',
    '/%EF%BC%8E%EF%BC%8E/outside/a.jpg',
    '/',
    '/album',
  ]) {
    it(`finds no image at ${path}`, async () => {
      expect(await outcomeOf(path)).to.equal('404');
    });
  }

  it('follows links that stay inside, and none that leads out', async () => {
    await symlink('album/a.jpg', join(folder, 'in.jpg'));
    await symlink('../outside/a.jpg', join(folder, 'out.jpg'));
    await symlink(join(home, 'outside'), join(folder, 'dir'));
    await symlink('../inside-not', join(folder, 'neighbour'));
    await symlink('in.jpg', join(folder, 'twice.jpg'));
    await symlink('loop.jpg', join(folder, 'loop.jpg'));
    await symlink('/proc/self/environ', join(folder, 'environ'));
    await link(join(folder, 'album/a.jpg'), join(folder, 'hard.jpg'));
    for (const path of ['/in.jpg', '/twice.jpg', '/hard.jpg']) {
      expect(await outcomeOf(path), path).to.equal('inside');
    }
    for (const path of ['/out.jpg', '/dir/a.jpg', '/neighbour/a.jpg', '/environ']) {
      expect(await outcomeOf(path), path).to.equal(SourceForbiddenError.name);
    }
    expect(await outcomeOf('/loop.jpg')).to.equal('404');
  });

  it('tells the log of no path, as that came from a client', async () => {
    await symlink('../outside/a.jpg', join(folder, 'private.jpg'));
    const source = parseSourceUrl('/private.jpg', { base: pathToFileURL(`${folder}/`).href });
    const error = await rejection(fetcher.fetch(source, { signal: new AbortController().signal }));
    expect(String((error as Error).cause))
      .to.include('a link leads out of')
      .and.not.match(/private|outside/);
    const failure = Object.assign(new Error("EIO: i/o error, open '/private.jpg'"), {
      code: 'EIO',
      syscall: 'open',
    });
    expect(withoutPath(failure)).to.include({ code: 'EIO', message: 'EIO: open' });
  });

  it('may be a link itself, which is followed again each time', async () => {
    await rename(folder, join(home, 'first'));
    await symlink('first', folder);
    expect(await outcomeOf('/album/a.jpg')).to.equal('inside');
  });

  it('has lost no image while it is away itself, or is no folder', async () => {
    await rename(folder, join(home, 'away'));
    expect(await outcomeOf('/album/a.jpg')).to.equal(SourceUnreachableError.name);
    await writeFile(folder, 'no folder');
    expect(await outcomeOf('/album/a.jpg')).to.equal(SourceUnreachableError.name);
    await rm(folder);
    await symlink('nowhere', folder);
    expect(await outcomeOf('/album/a.jpg')).to.equal(SourceUnreachableError.name);
    await rm(folder);
    await rename(join(home, 'away'), folder);
    expect(await outcomeOf('/album/a.jpg')).to.equal('inside');
    expect(await outcomeOf('/album/b.jpg')).to.equal('404');
  });

  /** What is answered while two things take turns under one name, until each of those outcomes was among it. */
  async function outcomesWhile(
    swap: () => Promise<void>,
    path: string,
    expected: readonly string[],
  ): Promise<readonly string[]> {
    const outcomes = new Set<string>();
    const swaps = new AbortController();
    const swapping = (async () => {
      while (!swaps.signal.aborted) await swap();
    })();
    const end = Date.now() + 500;
    while (Date.now() < end || !expected.every((outcome) => outcomes.has(outcome))) {
      for (const outcome of await Promise.all(Array.from({ length: 8 }, () => outcomeOf(path)))) {
        outcomes.add(outcome);
      }
    }
    swaps.abort();
    await swapping;
    return [...outcomes];
  }

  it('gives nothing away while a folder and a link that leads out take turns', async () => {
    await mkdir(join(folder, 'real'));
    await writeFile(join(folder, 'real/a.jpg'), 'inside');
    await symlink('../outside', join(folder, 'linked'));
    const swap = async () => {
      for (const name of ['real', 'linked']) {
        await rename(join(folder, name), join(folder, 'current'));
        await rename(join(folder, 'current'), join(folder, name));
      }
    };
    const outcomes = await outcomesWhile(swap, '/current/a.jpg', ['404', SourceForbiddenError.name]);
    expect(outcomes).not.to.include('secret');
  });

  it('gives nothing away while a file and a link that leads out replace each other', async () => {
    const swap = async () => {
      await writeFile(join(folder, 'next'), 'inside');
      await rename(join(folder, 'next'), join(folder, 'current.jpg'));
      await symlink('../outside/a.jpg', join(folder, 'next'));
      await rename(join(folder, 'next'), join(folder, 'current.jpg'));
    };
    const outcomes = await outcomesWhile(swap, '/current.jpg', ['inside', SourceForbiddenError.name]);
    expect(outcomes).not.to.include('secret');
  });

  it('has each of ten thousand images, and nothing else under any name', async () => {
    const links = ['../../outside', '../../outside/a.jpg', '/', '..', '../..'];
    for (let album = 0; album < 100; album += 1) {
      const place = join(folder, `album-${album}`);
      await mkdir(place);
      const names = Array.from({ length: 100 }, (_, number) => `${number}.jpg`);
      await Promise.all(names.map((name) => writeFile(join(place, name), `${album}/${name}`)));
      await symlink(links[album % links.length] ?? '', join(place, 'link'));
    }
    const pick = fc.record({ album: fc.nat(99), number: fc.nat(99) });
    const isThere = fc.asyncProperty(pick, async ({ album, number }) => {
      expect(await outcomeOf(`/album-${album}/${number}.jpg`)).to.equal(`${album}/${number}.jpg`);
    });
    await fc.assert(isThere, { numRuns: 500 });
    const step = fc.oneof(
      fc.constantFrom(
        '..',
        '.',
        '%2e%2e',
        '%2E.',
        '..%2f',
        '..%5c',
        '%00',
        '..;',
        '．．',
        '',
        'link',
        'outside',
      ),
      fc.constantFrom(
        'a.jpg',
        'inside-not',
        'album',
        '%252e%252e',
        '%2e%2e%2f%2e%2e',
        '.%2e',
        'etc',
        'passwd',
      ),
      fc.nat(99).map((album) => `album-${album}`),
    );
    const separator = fc.constantFrom('/', '/', '/', '//', '%2f', '\\');
    const path = fc.array(fc.tuple(separator, step), { minLength: 1, maxLength: 8 });
    const isInside = fc.asyncProperty(path, async (steps) => {
      const outcome = await outcomeOf(steps.flat().join(''));
      const allowed = ['inside', '404', InvalidRequestError.name, SourceForbiddenError.name];
      expect(allowed).to.include(outcome);
    });
    await fc.assert(isInside, { numRuns: 5000 });
  });

  it('has no image in a pipe, and does not wait for one', async function () {
    if (spawnSync('mkfifo', [join(folder, 'pipe.jpg')]).status !== 0) this.skip();
    expect(await outcomeOf('/pipe.jpg')).to.equal('404');
  });

  it('ends the reading of a file that is cut or rewritten meanwhile', async () => {
    for (const change of ['cut', 'rewritten']) {
      const path = join(folder, 'large.jpg');
      await writeFile(path, Buffer.alloc(1_000_000, 'a'));
      await utimes(path, 1, 1);
      const source = parseSourceUrl('/large.jpg', { base: pathToFileURL(`${folder}/`).href });
      using answer = await fetcher.fetch(source, { signal: new AbortController().signal });
      const chunks = answer.body[Symbol.asyncIterator]();
      await chunks.next();
      await writeFile(path, change === 'cut' ? 'short' : Buffer.alloc(1_000_000, 'b'));
      const rest = (async () => {
        while ((await chunks.next()).done !== true);
      })();
      expect(await rejection(rest), change).to.be.instanceOf(SourceUnreachableError);
    }
  });
});
