import { expect } from 'chai';
import sharp from 'sharp';
import { RunningService, failedStart } from '../../scripts/kit/running-service.ts';
import { type WebServer, startWebServer } from '../contract/image-fetcher/web-server.ts';

describe('SOURCE_HEADERS', () => {
  let own: WebServer;
  let other: WebServer;
  let image: Buffer;

  before(async () => {
    const picture = { create: { width: 300, height: 200, channels: 3, background: '#c40' } } as const;
    image = await sharp(picture).png().toBuffer();
    [own, other] = [await startWebServer(), await startWebServer()];
  });
  after(async () => {
    await own[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
  });

  it('are sent to their host, and to no other that it redirects to', async () => {
    const seen: [string, unknown][] = [];
    const answer = (server: WebServer, path: string, location?: string) =>
      server.on(path, ({ headers }, response) => {
        seen.push([path, headers.authorization]);
        response.writeHead(location === undefined ? 200 : 302, location === undefined ? {} : { location });
        response.end(location === undefined ? image : '');
      });
    answer(own, '/start.png', other.url('/elsewhere.png'));
    answer(other, '/elsewhere.png', own.url('/back.png'));
    answer(own, '/back.png');
    await using service = await RunningService.start({
      SOURCE_HEADERS: `127.0.0.1:${own.port}: Authorization: Bearer secret\n`,
    });
    const url = encodeURIComponent(own.url('/start.png'));
    expect((await fetch(`${service.url}/thumbnail?url=${url}&size=64`)).status).to.equal(200);
    expect(seen).to.deep.equal([
      ['/start.png', 'Bearer secret'],
      ['/elsewhere.png', undefined],
      ['/back.png', 'Bearer secret'],
    ]);
    expect(JSON.stringify(await service.logUntilNow())).not.to.include('Bearer');
  });

  it('end the start where a line is malformed, which is not quoted', async () => {
    const { code, log, stderr } = await failedStart({ SOURCE_HEADERS: 'a.example Authorization secret' });
    expect(code).to.equal(1);
    expect(JSON.stringify(log)).to.include('line 1 is not').and.not.include('Authorization secret');
    expect(stderr).not.to.include('Authorization secret');
  });
});
