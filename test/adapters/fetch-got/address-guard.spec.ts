import { execFile } from 'node:child_process';
import http from 'node:http';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { guardAddresses } from '../../../src/adapters/fetch-got/address-guard.ts';
import { SourceForbiddenError, SourceUnreachableError } from '../../../src/domain/errors/index.ts';
import { startOrigin } from '../../../scripts/kit/origin.ts';
import { rejection } from '../../support/rejection.ts';
import { fetchFrom, namesOf } from './fetching.ts';

/** 127.0.0.2 plays a public server here; 127.0.0.1 and ::1 are what must never be reached. */
const PUBLIC = { host: '127.0.0.2', hostname: 'public.test' };

async function expectForbidden(fetching: Promise<unknown>): Promise<void> {
  const error = await rejection(fetching);
  expect(error).to.be.instanceOf(SourceForbiddenError);
  expect((error as Error).message).to.equal(new SourceForbiddenError('').message);
}

describe('the address guard of GotImageFetcher', () => {
  it('connects to a public address, by name and by number', async () => {
    await using origin = await startOrigin(PUBLIC);
    origin.serve('/a', { body: 'image' });
    expect((await fetchFrom(origin.url('/a'), { names: namesOf(['127.0.0.2']) })).toString()).to.equal(
      'image',
    );
    expect((await fetchFrom(`http://127.0.0.2:${origin.port}/a`)).toString()).to.equal('image');
  });

  for (const host of [
    ...[
      '127.0.0.1',
      '127.1',
      '127.0.1',
      '2130706433',
      '0x7f000001',
      '0x7f.1',
      '0x7f.0x0.0x0.0x1',
      '0177.0.0.1',
    ],
    ...[
      '017700000001',
      '127.0.0.1.',
      '%31%32%37.0.0.1',
      '１２７.０.０.１',
      '①②⑦.⓪.⓪.①',
      '127。0。0。1',
      '127｡0｡0｡1',
    ],
    ...[
      '0',
      '0.0.0.0',
      '[::1]',
      '[::]',
      '[0:0:0:0:0:0:0:1]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[::127.0.0.1]',
    ],
    ...['localhost', 'LOCALHOST', 'lOcAlHoSt'],
  ]) {
    it(`refuses loopback spelt ${host}`, async () => {
      await using origin = await startOrigin();
      await expectForbidden(fetchFrom(`http://${host}:${origin.port}/`));
      expect(origin.connections).to.equal(0);
    });
  }

  for (const host of [
    '169.254.169.254',
    '169.254.170.2',
    '[fd00:ec2::254]',
    '168.63.129.16',
    '100.100.100.200',
    '10.0.0.1',
  ]) {
    it(`refuses ${host} over http and https`, async () => {
      await expectForbidden(fetchFrom(`http://${host}/latest/meta-data/`));
      await expectForbidden(fetchFrom(`https://${host}/`));
    });
  }

  it('refuses a name that has one forbidden address among its addresses', async () => {
    await using origin = await startOrigin();
    for (const addresses of [
      ['127.0.0.2', '127.0.0.1'],
      ['127.0.0.1', '127.0.0.2'],
      ['127.0.0.2', '::1'],
      ['2606:4700::1', '::ffff:7f00:1'],
    ]) {
      await expectForbidden(fetchFrom(`http://mixed.test:${origin.port}/`, { names: namesOf(addresses) }));
      await expectForbidden(fetchFrom(`https://mixed.test:${origin.port}/`, { names: namesOf(addresses) }));
    }
    expect(origin.connections).to.equal(0);
  });

  it('looks a name up once for each connection, so that it cannot change after the check', async () => {
    await using origin = await startOrigin(PUBLIC);
    await using secret = await startOrigin();
    origin.serve('/a', { body: 'image' });
    const names = namesOf(['127.0.0.2'], ['127.0.0.1']);
    expect((await fetchFrom(origin.url('/a'), { names })).toString()).to.equal('image');
    await expectForbidden(fetchFrom(`http://public.test:${secret.port}/`, { names }));
    expect(secret.connections).to.equal(0);
  });

  it('checks the same name again when a redirect leads back to it', async () => {
    await using origin = await startOrigin(PUBLIC);
    await using secret = await startOrigin();
    origin.serve('/a', { redirect: `http://public.test:${secret.port}/` });
    await expectForbidden(fetchFrom(origin.url('/a'), { names: namesOf(['127.0.0.2'], ['127.0.0.1']) }));
    expect(origin.hits('/a')).to.equal(1);
    expect(secret.connections).to.equal(0);
  });

  for (const scheme of ['http', 'https']) {
    for (const host of ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', 'localhost', '2130706433']) {
      it(`refuses a redirect to ${scheme}://${host}`, async () => {
        await using origin = await startOrigin(PUBLIC);
        await using secret = await startOrigin();
        origin.serve('/a', { redirect: `${scheme}://${host}:${secret.port}/` });
        await expectForbidden(fetchFrom(`http://127.0.0.2:${origin.port}/a`));
        expect(secret.connections).to.equal(0);
      });
    }
  }

  it('refuses it after two harmless hops, too', async () => {
    await using origin = await startOrigin(PUBLIC);
    await using secret = await startOrigin();
    origin.serve('/a', { redirect: '/b' }).serve('/b', { redirect: '/c' });
    origin.serve('/c', { redirect: `//127.0.0.1:${secret.port}/` });
    await expectForbidden(fetchFrom(`http://127.0.0.2:${origin.port}/a`));
    expect(secret.connections).to.equal(0);
  });

  it('takes a look-up that has no answer for what it is', async () => {
    const none = await rejection(fetchFrom('http://public.test/', { names: namesOf([]) }));
    expect(none).to.be.instanceOf(SourceUnreachableError);
  });

  it('says that a name does not exist', async () => {
    const error = await rejection(fetchFrom('http://nowhere.invalid/'));
    expect(error).to.be.instanceOf(SourceUnreachableError);
    expect((error as Error).message).to.match(/^That host name doesn't exist/);
  });

  it('opens no socket file, neither by its address nor through an agent', async () => {
    await expectForbidden(
      fetchFrom('http://unix/run/docker.sock:/info', { addresses: { allowedPrivateNetworks: [] } }),
    );
    const agent = new http.Agent();
    guardAddresses(agent, { check: () => undefined });
    const connect = () => http.get({ agent, socketPath: '/run/docker.sock' });
    expect(connect).to.throw(SourceForbiddenError);
  });

  it('takes no notice of proxies in the environment', async () => {
    await using origin = await startOrigin(PUBLIC);
    await using proxy = await startOrigin();
    origin.serve('/a', { body: 'image' });
    const script = `
      import { fetchFrom } from ${JSON.stringify(import.meta.resolve('./fetching.ts'))};
      process.stdout.write(await fetchFrom('http://127.0.0.2:${origin.port}/a'));`;
    const proxyUrl = proxy.url();
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', script],
      {
        env: { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxyUrl, http_proxy: proxyUrl, HTTPS_PROXY: proxyUrl },
      },
    );
    expect(stdout).to.equal('image');
    expect(proxy.connections).to.equal(0);
  });
});
