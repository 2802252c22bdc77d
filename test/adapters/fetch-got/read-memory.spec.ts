import { randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';
import tls from 'node:tls';
import { expect } from 'chai';
import nock from 'nock';
import { ReadMemory, markAsOwn } from '../../../src/adapters/fetch-got/read-memory.ts';
import { ANY_NAME } from '../../support/names.ts';
import { useNock } from '../../support/nock.ts';
import { startOrigin } from '../../../scripts/kit/origin.ts';
import { selfSignedCertificate } from '../../../scripts/kit/self-signed-certificate.ts';
import { MAX_BYTES, fetchFrom, namesOf } from './fetching.ts';

describe('ReadMemory', () => {
  const own = () => {
    const connection = new PassThrough();
    markAsOwn(connection);
    return connection;
  };
  const memoryOf = (connection: PassThrough) => {
    const memory = new ReadMemory();
    memory.comesFrom(connection);
    return memory;
  };
  const pieces = () => Array.from({ length: 3 }, () => Buffer.from(new ArrayBuffer(64)));
  const givenBack = (all: Buffer[]) => all.map(({ buffer }) => (buffer as ArrayBuffer).detached);

  it('gives that of a piece back when the next one was copied, and not before', () => {
    const memory = memoryOf(own());
    const all = pieces();
    memory.copied(all[0]!);
    memory.copied(all[0]!);
    expect(givenBack(all)).to.deep.equal([false, false, false]);
    memory.copied(all[1]!);
    memory.copied(all[2]!);
    expect(givenBack(all)).to.deep.equal([true, true, false]);
  });

  it('leaves alone what a piece shares with others', () => {
    const memory = memoryOf(own());
    const shared = new ArrayBuffer(64);
    const all = [Buffer.from(shared, 0, 32), Buffer.from(shared, 32), ...pieces()];
    for (const piece of all) memory.copied(piece);
    expect(givenBack(all)).to.deep.equal([false, false, true, true, false]);
  });

  it('gives back what was read, once all others have been told of it, until it leaves', () => {
    const [memory, connection] = [new ReadMemory(), Object.assign(own(), { bytesRead: 1 })];
    const seen: number[] = [];
    connection.on('data', ({ length }: Buffer) => seen.push(length));
    memory.comesFrom(connection);
    const all = pieces();
    const shared = Buffer.from(new ArrayBuffer(64), 0, 32);
    for (const piece of [...all.slice(0, 2), shared]) connection.emit('data', piece);
    memory.leave();
    connection.emit('data', all[2]!);
    expect(seen).to.deep.equal([64, 64, 32, 64]);
    expect(givenBack([...all, shared])).to.deep.equal([true, true, false, false]);
  });

  it('leaves alone what a connection hands on without having read anything, as one of a test does', () => {
    const connection = Object.assign(own(), { bytesRead: 0 });
    new ReadMemory().comesFrom(connection);
    const all = pieces();
    for (const piece of all) connection.emit('data', piece);
    expect(givenBack(all)).to.deep.equal([false, false, false]);
  });

  it('leaves alone what comes from a connection that is not our own', () => {
    const memory = memoryOf(new PassThrough());
    const all = pieces();
    for (const piece of all) memory.copied(piece);
    expect(givenBack(all)).to.deep.equal([false, false, false]);
  });
});

describe('GotImageFetcher', () => {
  const body = randomBytes(MAX_BYTES);
  const transfer: (this: ArrayBuffer, length?: number) => ArrayBuffer = Reflect.get(
    ArrayBuffer.prototype,
    'transfer',
  );
  let givenBack: number;

  beforeEach(() => {
    givenBack = 0;
    ArrayBuffer.prototype.transfer = function (this: ArrayBuffer, length) {
      givenBack += this.byteLength;
      return transfer.call(this, length);
    };
  });
  afterEach(() => {
    ArrayBuffer.prototype.transfer = transfer;
  });

  for (const scheme of ['http', 'https']) {
    for (const chunked of [false, true]) {
      it(`has every byte, and keeps no read of them, over ${scheme}${chunked ? ' in chunks' : ''}`, async () => {
        const certificate = selfSignedCertificate('secure.test');
        const authorities = tls.getCACertificates('default');
        tls.setDefaultCACertificates([certificate.cert]);
        try {
          const secure = scheme === 'https' && { hostname: 'secure.test', certificate };
          await using origin = await startOrigin({ host: '127.0.0.2', ...secure });
          origin.serve('/a', (_request, response) => {
            if (!chunked) response.setHeader('Content-Length', body.length);
            for (let from = 0, length = 1; from < body.length; from += length, length = (length * 7) % 9973)
              response.write(body.subarray(from, from + length));
            response.end();
          });
          const image = await fetchFrom(origin.url('/a'), { names: namesOf(['127.0.0.2']) });
          expect(image.equals(body)).to.equal(true);
          // As it was read, and as the parser passed it on. TLS may have decrypted all of it by the time it is asked for:
          // then it is one piece.
          if (scheme === 'http') expect(givenBack).to.be.above(1.5 * body.length);
        } finally {
          tls.setDefaultCACertificates(authorities);
        }
      });
    }
  }

  describe('of a stubbed image host', () => {
    useNock();

    it('leaves the memory to its owner', async () => {
      nock('http://stubbed.test')
        .get('/a')
        .times(2)
        .reply(200, body, { 'content-length': String(body.length) });
      for (const time of ['first', 'second'])
        expect((await fetchFrom('http://stubbed.test/a', { names: ANY_NAME })).equals(body), time).to.equal(
          true,
        );
      expect(givenBack).to.equal(0);
    });
  });
});
