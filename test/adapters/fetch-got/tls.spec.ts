import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import { expect } from 'chai';
import { SourceRefusedError, SourceUnreachableError } from '../../../src/domain/errors/index.ts';
import { startOrigin } from '../../../scripts/kit/origin.ts';
import { rejection } from '../../support/rejection.ts';
import { selfSignedCertificate } from '../../../scripts/kit/self-signed-certificate.ts';
import { fetchFrom, namesOf } from './fetching.ts';

/** By their numbers at IANA. */
const ECDHE_RSA_AES128_GCM = 0xc02f;
const DHE_RSA = [0x33, 0x39, 0x67, 0x6b, 0x9e, 0x9f, 0xccaa];

/** The cipher suites that a ClientHello offers (RFC 8446, 4.1.2). */
function suitesIn(hello: Buffer): number[] {
  const at = 44 + hello.readUInt8(43);
  const suites = hello.subarray(at + 2, at + 2 + hello.readUInt16BE(at));
  return Array.from({ length: suites.length / 2 }, (_, index) => suites.readUInt16BE(2 * index));
}

describe('GotImageFetcher over TLS', () => {
  const certificate = selfSignedCertificate('secure.test');
  const authorities = tls.getCACertificates('default');
  const names = namesOf(['127.0.0.2']);
  const options = { host: '127.0.0.2', hostname: 'secure.test', certificate };

  before(() => tls.setDefaultCACertificates([certificate.cert]));
  after(() => tls.setDefaultCACertificates(authorities));

  it('fetches from a server whose certificate is good', async () => {
    await using origin = await startOrigin(options);
    origin.serve('/a', { redirect: '/b' }).serve('/b', { body: 'image' });
    expect((await fetchFrom(origin.url('/a'), { names })).toString()).to.equal('image');
  });

  it('throws SourceUnreachableError for a certificate of another name', async () => {
    await using origin = await startOrigin({ ...options, hostname: 'other.test' });
    const error = await rejection(fetchFrom(origin.url('/a'), { names }));
    expect(error).to.be.instanceOf(SourceUnreachableError);
    expect((error as Error).message).to.match(/^A secure connection to the server couldn't be made\./);
    expect(origin.requests).to.have.length(0);
  });

  it('throws it for a certificate that nobody vouches for', async () => {
    await using origin = await startOrigin({ ...options, certificate: selfSignedCertificate('secure.test') });
    const error = await rejection(fetchFrom(origin.url('/a'), { names }));
    expect((error as Error).message).to.match(/^A secure connection to the server couldn't be made\./);
    expect(origin.requests).to.have.length(0);
  });

  it('offers no key exchange whose cost the server decides', async () => {
    await using disposables = new AsyncDisposableStack();
    const server = net.createServer().listen(0, '127.0.0.2');
    disposables.defer(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const failing = rejection(fetchFrom(`https://secure.test:${port}/a`, { names }));
    const [connection] = (await once(server, 'connection')) as [net.Socket];
    const [hello] = (await once(connection, 'data')) as [Buffer];
    connection.destroy();
    await failing;
    expect(suitesIn(hello)).to.include(ECDHE_RSA_AES128_GCM);
    for (const suite of DHE_RSA) expect(suitesIn(hello)).to.not.include(suite);
  });

  it('throws it for a server that speaks no TLS', async () => {
    await using origin = await startOrigin({ host: '127.0.0.2' });
    const error = await rejection(fetchFrom(origin.url('/a').replace('http:', 'https:')));
    expect(error).to.be.instanceOf(SourceUnreachableError);
    expect((error as Error).message).to.match(/^A secure connection to the server couldn't be made\./);
  });

  it('does not follow a redirect to http', async () => {
    await using origin = await startOrigin(options);
    await using plain = await startOrigin({ host: '127.0.0.2' });
    origin.serve('/a', { redirect: plain.url('/b') });
    expect(await rejection(fetchFrom(origin.url('/a'), { names }))).to.be.instanceOf(SourceRefusedError);
    expect(plain.connections).to.equal(0);
  });
});
