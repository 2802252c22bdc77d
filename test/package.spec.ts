import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import sharp from 'sharp';
import { QUARTERS, plain } from '../scripts/kit/images.ts';
import { RunningService } from '../scripts/kit/running-service.ts';
import packageJson from '../package.json' with { type: 'json' };

const PROJECT = new URL('..', import.meta.url).pathname;
const EXAMPLES = ['directory-cache.js', 'plain-fetcher.js', 'plain-resizer.js'];
const SPECS = EXAMPLES.map((name) => name.replace('.js', '.spec.js'));

/** Makes the log readable in a terminal; without it the log is JSON there too. */
const ONLY_IF_INSTALLED = 'pino-pretty';

/** Packed from a copy, so that what others have built in the project neither helps nor is in the way. */
describe('the package, packed and installed by the author of an adapter', function () {
  this.timeout(180_000);
  let folder: string;
  let author: string;
  let tarball: string;
  let packed: readonly string[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'package-'));
    const project = join(folder, 'project');
    for (const path of await readdir(PROJECT)) {
      if (['.git', 'node_modules', 'dist'].includes(path)) continue;
      await cp(join(PROJECT, path), join(project, path), { recursive: true });
    }
    await symlink(join(PROJECT, 'node_modules'), join(project, 'node_modules'));
    run(project, 'npm', 'pack', '--pack-destination', folder);
    tarball = join(folder, `thumbnailer-${packageJson.version}.tgz`);
    // All that npm packs is in a folder named `package`.
    packed = run(folder, 'tar', '-tzf', tarball)
      .trim()
      .split('\n')
      .map((path) => path.slice('package/'.length));
    author = join(folder, 'author');
    await install(tarball, author);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('has what it exports, its documents, and nothing else', () => {
    const built = packed.filter((path) => path.startsWith('dist/'));
    expect(packed.filter((path) => !built.includes(path))).to.have.members([
      'LICENSE',
      'README.md',
      'docs/adapters.md',
      'docs/client.md',
      'docs/command-line.md',
      'docs/library.md',
      ...[...EXAMPLES, ...SPECS].map((name) => `docs/examples/${name}`),
      'package.json',
    ]);
    expect(built).to.include.members([
      'dist/src/adapter-kit.js',
      'dist/src/cli.js',
      'dist/src/client.js',
      'dist/src/process/decoder.js',
      'dist/test/contract/index.d.ts',
    ]);
    for (const path of built) {
      expect(path).to.match(
        /^dist\/(package\.json|src\/http\/pages\/(views|public)\/.+|(src|test\/(contract|support)|scripts\/kit)\/.+\.(js|d\.ts))$/,
      );
      expect(path).not.to.include('.spec.');
    }
  });

  it('has whatever its modules import, and what they take from elsewhere is declared', async () => {
    const { dependencies, peerDependencies } = packageJson;
    for (const path of packed.filter((name) => /^dist\/.*\.(js|d\.ts)$/.test(name))) {
      const text = await readFile(join(author, 'node_modules/thumbnailer', path), 'utf8');
      for (const specifier of importsOf(text)) {
        if (specifier.startsWith('node:') || specifier === ONLY_IF_INSTALLED) continue;
        const where = `${specifier} in ${path}`;
        if (specifier.startsWith('.')) expect(packed, where).to.include(moduleAt(dirname(path), specifier));
        else expect({ ...dependencies, ...peerDependencies }, where).to.have.property(packageOf(specifier));
      }
    }
  });

  it('has types beside each module, and every file that its exports name', () => {
    const modules = packed.filter((path) => /^dist\/(?!src\/http\/pages\/public\/).*\.js$/.test(path));
    expect(packed).to.include.members(modules.map((path) => path.replace(/js$/, 'd.ts')));
    for (const { types, default: module } of Object.values(packageJson.exports))
      expect(packed).to.include.members([types.slice('./'.length), module.slice('./'.length)]);
  });

  it('is small, and says nothing of the machine that packed it', async () => {
    expect((await stat(tarball)).size).to.be.below(900_000);
    const installed = join(author, 'node_modules/thumbnailer');
    for (const path of packed.filter((name) => /\.(js|ts|json|md|njk|css)$/.test(name)))
      expect(await readFile(join(installed, path), 'utf8'), path).not.to.include(PROJECT);
  });

  it('runs as a command: serves pages, and makes thumbnails of files', async () => {
    const cli = join(author, 'node_modules/thumbnailer', packageJson.bin.thumbnailer);
    await writeFile(join(author, 'photo.png'), await plain(64, 32, QUARTERS.red).png().toBuffer());
    run(author, process.execPath, cli, 'make', 'photo.png', '--size', '16', '-o', 'small.webp');
    expect(await sharp(await readFile(join(author, 'small.webp'))).metadata()).to.include({
      width: 16,
      height: 8,
    });
    await using service = await RunningService.start({}, cli, ['serve']);
    const page = await (await fetch(service.url)).text();
    const loaded = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path!);
    expect(loaded).to.have.length.above(5);
    for (const path of loaded) expect((await fetch(service.url + path)).status, path).to.equal(200);
    const body = new URLSearchParams({ sample: 'lake.jpg', thumbnail_size: '64' });
    expect(await (await fetch(service.url, { method: 'POST', body })).text()).to.include('Thumbnail result');
  });

  it('is a library, as docs/library.md says', async () => {
    const document = await readFile(join(author, 'node_modules/thumbnailer/docs/library.md'), 'utf8');
    const [, example = ''] = /```js\n(.*?)```/s.exec(document) ?? [];
    await writeFile(join(author, 'photo.jpg'), await plain(640, 320, QUARTERS.red).jpeg().toBuffer());
    await writeFile(join(author, 'example.js'), example);
    expect(run(author, process.execPath, 'example.js')).to.match(/^320×180 avif, \d+ bytes\n$/);
    expect(await sharp(await readFile(join(author, 'card.avif'))).metadata()).to.include({
      width: 320,
      height: 180,
    });
  });

  for (const spec of SPECS) {
    it(`lets ${spec} pass`, () => {
      const output = run(author, process.execPath, bin('mocha/bin/mocha.js'), '--reporter=json', spec);
      const { stats } = JSON.parse(output) as { stats: { passes: number; failures: number } };
      expect(stats).to.include({ failures: 0 });
      expect(stats.passes).to.be.greaterThan(15);
    });
  }

  it('lets a cache that breaks its promises fail', async () => {
    const text = await readFile(join(author, EXAMPLES[0]!), 'utf8');
    const broken = text.replace('if (!(stored.readDoubleBE() > Date.now())) return undefined;', '');
    expect(broken).not.to.equal(text);
    await writeFile(join(author, 'broken.js'), broken);
    const spec = await readFile(join(author, SPECS[0]!), 'utf8');
    await writeFile(join(author, 'broken.spec.js'), spec.replace(`./${EXAMPLES[0]!}`, './broken.js'));
    const { status, stdout } = spawnSync(process.execPath, [bin('mocha/bin/mocha.js'), 'broken.spec.js'], {
      cwd: author,
      encoding: 'utf8',
    });
    expect(status, stdout).to.equal(1);
    expect(stdout).to.match(/1\) has nothing left once the time to live is over/);
  });

  it('has types that hold the example to the port', async () => {
    await writeFile(
      join(author, 'configured.ts'),
      "import type * as kit from 'thumbnailer/adapter-kit';\n" +
        "import { itIsAnImageFetcher, itIsAnImageResizer } from 'thumbnailer/contracts';\n" +
        "import { itIsASecretSource } from 'thumbnailer/contracts/secret-source';\n" +
        "import { type Thumbnailer, createThumbnailer } from 'thumbnailer';\n" +
        'export const thumbnailer: Promise<Thumbnailer> = createThumbnailer();\n' +
        "import openDirectoryCache from './directory-cache.js';\n" +
        "import openPlainFetcher from './plain-fetcher.js';\n" +
        "import openPlainResizer from './plain-resizer.js';\n" +
        'export const cache: kit.CreateThumbnailCache = openDirectoryCache;\n' +
        'export const fetcher: kit.CreateImageFetcher = openPlainFetcher;\n' +
        'export const resizer: kit.CreateImageResizer = openPlainResizer;\n' +
        'export const suites = [itIsASecretSource, itIsAnImageFetcher, itIsAnImageResizer];\n' +
        '// @ts-expect-error: it is no source of secrets\n' +
        'export const secrets: kit.CreateSecretSource = openDirectoryCache;\n',
    );
    const flags = '--noEmit --strict --checkJs --module nodenext --target es2024 --types node,mocha';
    run(author, process.execPath, bin('typescript/bin/tsc'), ...flags.split(' '), 'configured.ts', ...SPECS);
  });

  it('has a client for programs that have no types of Node', async () => {
    await writeFile(
      join(author, 'page.ts'),
      "import { imgAttributes } from 'thumbnailer/client';\n" +
        "document.title = imgAttributes('https://thumbs.example', { url: 'a', size: 64 }).src;\n",
    );
    const compilerOptions = {
      ...{ noEmit: true, strict: true, skipLibCheck: false, types: [], lib: ['es2022', 'dom'] },
      ...{ target: 'es2022', module: 'esnext', moduleResolution: 'bundler' },
    };
    await writeFile(
      join(author, 'tsconfig.page.json'),
      JSON.stringify({ compilerOptions, files: ['page.ts'] }),
    );
    run(author, process.execPath, bin('typescript/bin/tsc'), '--project', 'tsconfig.page.json');
  });
});

/** Of static imports, re-exports and dynamic imports alike, as the compiler writes them. */
function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:\bfrom |^import |\bimport\()'([^']+)'/gm)].map(
    ([, specifier = '']) => specifier,
  );
}

/** Declarations name the source, for which the compiler reads the declarations beside it. */
function moduleAt(folder: string, specifier: string): string {
  return join(folder, specifier).replace(/(?<!\.d)\.ts$/, '.d.ts');
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function bin(path: string): string {
  return join(PROJECT, 'node_modules', path);
}

/** As npm would, but from what the project has. nock is left out: the contracts do without. */
async function install(tarball: string, author: string): Promise<void> {
  const modules = join(author, 'node_modules');
  await mkdir(join(modules, 'thumbnailer'), { recursive: true });
  run(author, 'tar', '-xzf', tarball, '--strip-components=1', '-C', join(modules, 'thumbnailer'));
  for (const name of await readdir(join(PROJECT, 'node_modules'))) {
    if (name.startsWith('.') || name === 'nock') continue;
    await symlink(join(PROJECT, 'node_modules', name), join(modules, name));
  }
  await writeFile(join(author, 'package.json'), JSON.stringify({ name: 'author', type: 'module' }));
  for (const name of [...EXAMPLES, ...SPECS])
    await cp(join(modules, 'thumbnailer/docs/examples', name), join(author, name));
}

/** @returns its output */
function run(cwd: string, program: string, ...args: readonly string[]): string {
  const path = [join(PROJECT, 'node_modules/.bin'), process.env['PATH']].join(delimiter);
  const env = { ...process.env, PATH: path };
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, env, encoding: 'utf8' });
  expect(status, error?.message ?? stdout + stderr).to.equal(0);
  return stdout;
}
