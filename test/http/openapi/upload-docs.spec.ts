import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import sharp from 'sharp';
import { photograph } from '../../../scripts/kit/images.ts';
import { RunningService } from '../../../scripts/kit/running-service.ts';

const DOCS = join(import.meta.dirname, '../../../docs/http-api.md');
const run = promisify(execFile);

describe('the commands for POST /thumbnail in docs/http-api.md', function () {
  before('need curl', async function () {
    const found = await Promise.allSettled([run('curl', ['--version'])]);
    if (found[0].status === 'rejected') this.skip();
  });

  it('make thumbnails', async () => {
    await using held = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'upload-docs-'));
    held.defer(() => rm(folder, { recursive: true }));
    const service = held.use(await RunningService.start());
    await photograph({ width: 600, height: 400 }).jpeg().toFile(join(folder, 'photo.jpg'));
    const [, section = ''] = (await readFile(DOCS, 'utf8')).split('## `POST /thumbnail`\n');
    const commands = [...section.split('\n## ')[0]!.matchAll(/^```\n(curl [^`]*)^```/gm)].map(
      ([, text]) => text!,
    );
    expect(commands).to.have.length(2);
    for (const command of commands) {
      const here = command.replaceAll('http://localhost:8000', service.url);
      await run('sh', ['-ec', here], { cwd: folder });
    }
    const facts = async (name: string) => {
      const { format, width, height } = await sharp(await readFile(join(folder, name))).metadata();
      return { format, width, height };
    };
    expect(await facts('thumbnail.webp')).to.deep.equal({ format: 'webp', width: 256, height: 171 });
    expect(await facts('thumbnail.png')).to.deep.equal({ format: 'png', width: 128, height: 128 });
  });
});
