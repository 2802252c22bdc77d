import { expect } from 'chai';
import { until } from '../support/metrics.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';

const KEYS = [
  'level',
  'time',
  'pid',
  'msg',
  'requestId',
  'method',
  'route',
  'status',
  'durationMs',
  'cache',
  'cacheMs',
  'fetchMs',
  'resizeMs',
  'sourceHost',
  'code',
  'reason',
];

describe('the log of the running service', () => {
  let origin: Origin;

  before(async () => {
    origin = await startOrigin();
    const moved = { status: 302, headers: { location: 'http://x.invalid/secret-moved?secret=moved' } };
    origin.serve('/secret-redirect', moved);
    origin.serve('/secret-page', { body: '<p>secret-body', type: 'text/html' });
  });
  after(() => origin[Symbol.asyncDispose]());

  it('has a line a request, with nothing in it that is secret or that a client made up', async () => {
    await using service = await RunningService.start();
    const thumbnail = (url: string) => `/thumbnail?${new URLSearchParams({ url, size: '64' }).toString()}`;
    const paths = [
      thumbnail(origin.url('/secret-page?token=secret-token')),
      thumbnail(origin.url('/secret-redirect')),
      thumbnail(origin.url('/secret-missing')),
      thumbnail('http://secret-user:secret-password@x.invalid/'),
      thumbnail('http://x.invalid/secret-path?secret=query'),
      thumbnail('secret-nonsense'),
      thumbnail('secret-host.invalid/secret-path?token=secret-token'),
      thumbnail('//secret-host.invalid/secret-path'),
      `${thumbnail('http://x.invalid/secret-path')}&key=k1&expires=1900000000&signature=secret-signature`,
      '/secret-route?secret=value',
      '/thumbnail?secret-parameter=1',
      '/healthz',
    ];
    for (const path of paths) {
      const headers = { 'x-request-id': 'secret-id", "level": 60', 'user-agent': 'secret-agent' };
      await (await fetch(`${service.url}${path}`, { headers })).text();
    }
    const requests = () => service.log.filter(({ msg }) => msg === 'request');
    await until(() => requests().length === paths.length - 1);
    expect(JSON.stringify(service.log)).to.not.include('secret-').and.not.include('=query');
    for (const line of requests()) expect(KEYS).to.include.members(Object.keys(line));
    expect(requests().map(({ route }) => route)).to.include.members(['/thumbnail', 'none']);
    expect(service.log.filter(({ level }) => Number(level) > 30)).to.be.empty;
  });
});
