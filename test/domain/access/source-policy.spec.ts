import { expect } from 'chai';
import { InvalidRequestError, SourceForbiddenError } from '../../../src/domain/errors/index.ts';
import { matchesHost } from '../../../src/domain/access/host-pattern.ts';
import { type SourcePolicy, checkSource } from '../../../src/domain/access/source-policy.ts';
import { parseSourcePrefix } from '../../../src/domain/access/source-prefix.ts';
import { parseSourceUrl } from '../../../src/domain/request/source-url.ts';

const POLICY: SourcePolicy = {
  allowedPorts: [
    { from: 80, to: 80 },
    { from: 443, to: 443 },
    { from: 8000, to: 8100 },
  ],
  allowedHosts: undefined,
  isOwnAddress: (hostname, port) => hostname === 'thumbs.example' && port === 80,
};

const check = (url: string, policy: Partial<SourcePolicy> = {}) =>
  checkSource(parseSourceUrl(url), { ...POLICY, ...policy });

describe('checkSource', () => {
  it('lets the allowed ports pass, the default ones by their scheme', () => {
    for (const url of ['http://a.example/', 'https://a.example/', 'http://a.example:8050/']) {
      expect(() => check(url), url).not.to.throw();
    }
  });

  it('refuses every other port', () => {
    for (const port of [22, 6379, 11211, 7999, 8101]) {
      expect(() => check(`http://a.example:${port}/`), `${port}`).to.throw(InvalidRequestError);
    }
    expect(() => check('https://a.example/', { allowedPorts: [{ from: 80, to: 80 }] })).to.throw(
      InvalidRequestError,
    );
  });

  it('names the setting to those who run the service', () => {
    expect(() => check('http://a.example:22/')).to.throw('If you run it, see ALLOWED_SOURCE_PORTS.');
    const elsewhere = () => check('http://a.example/', { allowedHosts: ['b.example'] });
    expect(elsewhere).to.throw('If you run it, see ALLOWED_SOURCES and ALLOWED_PRIVATE_NETWORKS.');
  });

  it('lets only the allowed hosts pass where there is a list', () => {
    const allowedHosts = ['images.example', '.cdn.example'];
    for (const host of [
      'images.example',
      'cdn.example',
      'a.cdn.example',
      'IMAGES.example',
      'images.example.',
    ]) {
      expect(() => check(`http://${host}/`, { allowedHosts }), host).not.to.throw();
    }
    for (const host of ['www.images.example', 'evilcdn.example', 'cdn.example.evil', '127.0.0.1']) {
      expect(() => check(`http://${host}/`, { allowedHosts }), host).to.throw(SourceForbiddenError);
    }
  });

  it('refuses its own address, in the words that it has for any other that is forbidden', () => {
    const { message } = new SourceForbiddenError('whatever');
    expect(() => check('http://thumbs.example/thumbnail?url=x')).to.throw(SourceForbiddenError, message);
  });
});

describe('matchesHost', () => {
  it('matches IPv6 addresses in brackets, and anything by *', () => {
    expect(matchesHost('[::1]', ['[::1]'])).to.equal(true);
    expect(matchesHost('[::2]', ['[::1]'])).to.equal(false);
    expect(matchesHost('whatever.example', ['*'])).to.equal(true);
  });
});

describe('sources that are allowed by the beginning of their URL', () => {
  const allowed = (...prefixes: string[]) => ({
    allowedHosts: [],
    allowedPrefixes: prefixes.map(parseSourcePrefix),
  });

  it('pass below it, whatever their port', () => {
    for (const [prefix, url] of [
      ['https://s3.example/my-bucket/', 'https://s3.example/my-bucket/a/b.jpg?x=1'],
      ['https://s3.example/my-bucket', 'https://s3.example/my-bucket/a.jpg'],
      ['https://s3.example/a.jpg', 'https://s3.example/a.jpg?v=2'],
      ['http://minio.example:9000/b/', 'http://minio.example:9000/b/a.jpg'],
      ['s3://my-bucket/photos/', 's3://my-bucket/photos/2024/a%20b.jpg'],
      ['s3://my-bucket', 's3://my-bucket/a.jpg'],
    ] as const) {
      expect(() => check(url, allowed(prefix)), url).not.to.throw();
    }
  });

  it('do not pass beside it', () => {
    for (const [prefix, url] of [
      ['https://s3.example/my-bucket/', 'https://s3.example/other/a.jpg'],
      ['https://s3.example/my-bucket/', 'https://s3.example/my-bucket'],
      ['https://s3.example/my-bucket', 'https://s3.example/my-bucket-private/a.jpg'],
      ['https://s3.example/my-bucket/', 'http://s3.example/my-bucket/a.jpg'],
      ['https://s3.example/my-bucket/', 'https://s3.example.evil.example/my-bucket/a.jpg'],
      ['https://s3.example/my-bucket/', 'https://s3.example/my-bucket/../other/a.jpg'],
      ['https://s3.example/my-bucket/', 'https://s3.example/my-bucket/..%2Fother/a.jpg'],
      ['https://s3.example/my-bucket/', 'https://s3.example/my-bucket/%252e%252e/other/a.jpg'],
      ['https://s3.example/my-bucket/', 'https://s3.example/my-bucket/..;/other/a.jpg'],
      ['s3://my-bucket/photos/', 's3://my-bucket/secrets/a.jpg'],
      ['s3://my-bucket/photos', 's3://my-bucket/photos-private/a.jpg'],
      ['s3://my-bucket', 's3://my-bucket2/a.jpg'],
    ] as const) {
      expect(() => check(url, allowed(prefix)), url).to.throw(SourceForbiddenError);
    }
  });

  it('are the only ones in a store: a host of any name is none', () => {
    const url = 's3://my-bucket/a.jpg';
    expect(() => check(url, { allowedHosts: undefined })).to.throw(InvalidRequestError);
    expect(() => check(url, { allowedHosts: ['*', 'my-bucket'] })).to.throw(InvalidRequestError);
  });

  it('have the names of this service refused all the same', () => {
    expect(() => check('http://thumbs.example/a', allowed('http://thumbs.example/'))).to.throw(
      SourceForbiddenError,
    );
  });
});
