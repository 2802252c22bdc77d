import { execFile, execFileSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { build } from 'rolldown';
import sharp from 'sharp';
import { photograph } from '../../scripts/kit/images.ts';
import { startOrigin } from '../../scripts/kit/origin.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';
import { PROJECT, readPage } from '../docs/markdown.ts';
import { describeUnless, whyMissing } from '../support/describe-with.ts';

const run = promisify(execFile);

const LAYOUT = `
export default function Layout({ children }) {
  return <html lang="en"><body>{children}</body></html>;
}
`;

describeUnless(whyMissing('next'), 'the recipe for Next.js, in a real build', function () {
  this.timeout(180_000);

  it('has pages whose pictures come from the service, in the widths that Next asks for', async function () {
    await using held = new AsyncDisposableStack();
    const origin = held.use(await startOrigin());
    origin.serve('/photo.jpg', { body: await photograph({ width: 1200, height: 800 }).jpeg().toBuffer() });
    const [loader, config, settings, page] = readPage('docs/recipes/next.md').fences.map(({ text }) => text);
    const sizes = /THUMBNAIL_SIZES=(\S+)/.exec(settings ?? '')?.[1] ?? '';
    const service = held.use(
      await RunningService.start({ THUMBNAIL_SIZES: sizes, MAX_THUMBNAIL_SIZE: '3840' }),
    );

    const app = await mkdtemp(join(installation(), 'next-app-'));
    held.defer(() => rm(app, { recursive: true }));
    await installClient(app);
    const own = (loader ?? '')
      .replace('https://thumbs.example', service.url)
      .replace('https://www.example.com', origin.url());
    await writeFiles(app, {
      'package.json': '{ "type": "module" }',
      'image-loader.js': own,
      'next.config.js': config ?? '',
      'app/page.jsx': page ?? '',
      'app/layout.jsx': LAYOUT,
    });
    await run('next', ['build'], { cwd: app, env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' } });

    const html = await readFile(join(app, '.next/server/app/index.html'), 'utf8');
    const [, srcset = ''] = /<img[^>]* srcSet="([^"]+)"/.exec(html) ?? [];
    const addresses = srcset
      .split(', ')
      .map((candidate) => candidate.split(' ')[0]!.replaceAll('&amp;', '&'));
    expect(addresses).to.have.length(2);
    for (const address of addresses) {
      expect(address.startsWith(`${service.url}/thumbnail?`), address).to.equal(true);
      const answer = await fetch(address);
      expect(answer.status, address).to.equal(200);
      const { width } = await sharp(Buffer.from(await answer.arrayBuffer())).metadata();
      expect(width).to.equal(Number(new URL(address).searchParams.get('width')));
    }
  });
});

/** The folder in which Next is installed: a build finds it, and React, only from below. */
function installation(): string {
  const program = execFileSync('sh', ['-c', 'command -v next'], { encoding: 'utf8' }).trim();
  return join(realpathSync(program), '../../../../..');
}

/** `thumbnailer/client` as the package has it, but for the rest of the package. */
async function installClient(app: string): Promise<void> {
  const folder = join(app, 'node_modules/thumbnailer');
  await build({
    input: join(PROJECT, 'src/client.ts'),
    output: { file: join(folder, 'client.js'), format: 'esm' },
    logLevel: 'warn',
  });
  const manifest = { name: 'thumbnailer', type: 'module', exports: { './client': './client.js' } };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}
