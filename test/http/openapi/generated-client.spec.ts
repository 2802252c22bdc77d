import { execFile, execFileSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { plain } from '../../../scripts/kit/images.ts';
import { startOrigin } from '../../../scripts/kit/origin.ts';
import { RunningService } from '../../../scripts/kit/running-service.ts';
import { describeUnless, whyMissing } from '../../support/describe-with.ts';

const run = promisify(execFile);
const TSC = join(import.meta.dirname, '../../../node_modules/.bin/tsc');

/** A program of somebody who has the OpenAPI document alone. */
const PROGRAM = `
import createClient from 'openapi-fetch';
import type { paths } from './service.d.ts';

const [, , baseUrl = '', url = ''] = process.argv;
const client = createClient<paths>({ baseUrl });

const thumbnail = await client.GET('/thumbnail', {
  params: { query: { url, width: 64, format: 'webp', fit: 'cover' } },
  parseAs: 'arrayBuffer',
});
const info = await client.GET('/info', { params: { query: { url, fields: 'width,height' } } });
const width: number | undefined = info.data?.width;
const missing = await client.GET('/thumbnail', { params: { query: { url: \`\${url}-missing\`, size: 64 } } });
const code: string | undefined = missing.error?.code;
// @ts-expect-error a purge is always signed
void (() => client.DELETE('/thumbnail', { params: { query: { url } } }));
// @ts-expect-error no such fit
void (() => client.GET('/thumbnail', { params: { query: { url, fit: 'stretch' } } }));

const { status, headers } = thumbnail.response;
console.log(JSON.stringify({ status, type: headers.get('content-type'), width, code }));
`;

describeUnless(whyMissing('openapi-typescript'), 'a client made from the OpenAPI document', () => {
  it('compiles, and gets thumbnails, facts and codes', async function () {
    await using held = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'generated-client-'));
    held.defer(() => rm(folder, { recursive: true }));
    const origin = held.use(await startOrigin());
    origin.serve('/photo.jpg', { body: await plain(90, 60, [80, 90, 130]).jpeg().toBuffer() });
    const service = held.use(await RunningService.start());

    await symlink(installedPackages(), join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    await writeFile(join(folder, 'program.ts'), PROGRAM);
    const document = await (await fetch(`${service.url}/openapi.json`)).text();
    await writeFile(join(folder, 'openapi.json'), document);
    await run('openapi-typescript', ['openapi.json', '-o', 'service.d.ts'], { cwd: folder });
    const options = '--noEmit --strict --module nodenext --target es2024 --allowImportingTsExtensions';
    const types = ['--types', 'node', '--typeRoots', join(TSC, '../../@types'), '--skipLibCheck'];
    await run(TSC, [...options.split(' '), ...types, 'program.ts'], { cwd: folder });

    const args = ['program.ts', service.url, origin.url('/photo.jpg')];
    const { stdout } = await run(process.execPath, args, { cwd: folder });
    expect(JSON.parse(stdout)).to.deep.equal({
      status: 200,
      type: 'image/webp',
      width: 90,
      code: 'source-not-found',
    });
  });
});

/** The folder that has the generator, and openapi-fetch beside it. */
function installedPackages(): string {
  const program = execFileSync('sh', ['-c', 'command -v openapi-typescript'], { encoding: 'utf8' });
  return join(realpathSync(program.trim()), '../../..');
}
