import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { plain } from '../../scripts/kit/images.ts';
import { SharpImageResizer } from '../../src/adapters/resize-sharp/index.ts';
import { readFallback } from '../../src/composition/fallback.ts';
import { ConfigError, readConfig } from '../../src/config/config.ts';
import { rejection } from '../support/rejection.ts';

describe('FALLBACK_IMAGE', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fallback-'));
    const png = await plain(30, 20, [1, 2, 3]).png().toBuffer();
    await writeFile(join(folder, 'sound.png'), png);
    await writeFile(join(folder, 'cut.png'), png.subarray(0, 50));
    await writeFile(join(folder, 'text.png'), 'no image');
  });
  after(() => rm(folder, { recursive: true }));

  const read = (environment: Record<string, string>) => {
    const config = readConfig(environment);
    return readFallback(config, new SharpImageResizer(config.sources));
  };

  it('is read once, with its status', async () => {
    expect(await read({})).to.equal(undefined);
    const path = join(folder, 'sound.png');
    expect(await read({ FALLBACK_IMAGE: path })).to.have.property('status', 200);
    const { image, status } = (await read({ FALLBACK_IMAGE: path, FALLBACK_STATUS: '404' }))!;
    expect([status, Buffer.from(image).toString('latin1', 1, 4)]).to.deep.equal([404, 'PNG']);
  });

  it('stops the start where it cannot be read or decoded', async () => {
    for (const name of ['missing.png', 'cut.png', 'text.png']) {
      const error = await rejection(read({ FALLBACK_IMAGE: join(folder, name) }));
      expect(error, name).to.be.instanceOf(ConfigError);
      expect((error as Error).message)
        .to.include('FALLBACK_IMAGE: the image ')
        .and.include(name);
    }
    for (const status of ['204', '304', '600', 'ok']) {
      expect(() => readConfig({ FALLBACK_STATUS: status }), status).to.throw(ConfigError, 'FALLBACK_STATUS');
    }
  });
});
