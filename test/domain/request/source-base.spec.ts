import { expect } from 'chai';
import { InvalidRequestError } from '../../../src/domain/errors/index.ts';
import { parseSourceBase } from '../../../src/domain/request/source-base.ts';
import { parseSourceUrl } from '../../../src/domain/request/source-url.ts';

const WEB = parseSourceBase('https://cdn.example/images');
const BUCKET = parseSourceBase('s3://bucket/photos');
const FOLDER = parseSourceBase('file:///srv/images');

describe('a path as the address of a source', () => {
  for (const [base, path, href] of [
    [WEB, '/a.jpg', 'https://cdn.example/images/a.jpg'],
    [WEB, '/x/a b.jpg?v=2#top', 'https://cdn.example/images/x/a%20b.jpg?v=2'],
    [WEB, '/100%.jpg', 'https://cdn.example/images/100%.jpg'],
    [WEB, '/http://other.example/a', 'https://cdn.example/images/http://other.example/a'],
    [WEB, '/@other.example/a', 'https://cdn.example/images/@other.example/a'],
    [BUCKET, '/x/a b.jpg', 's3://bucket/photos/x/a%20b.jpg'],
    [BUCKET, '/x%2Fa+b.jpg', 's3://bucket/photos/x/a%2Bb.jpg'],
    [FOLDER, '/x/%C3%A4.jpg', 'file:///srv/images/x/%C3%A4.jpg'],
    [FOLDER, '/x/ä.jpg', 'file:///srv/images/x/%C3%A4.jpg'],
  ] as const) {
    it(`leads from ${path} to ${href}, which it hides`, () => {
      const source = parseSourceUrl(path, { base });
      expect(source).to.include({ href, asked: path, isInBase: true });
    });
  }

  for (const base of [WEB, BUCKET, FOLDER]) {
    for (const path of [
      '/..',
      '/../a.jpg',
      '/x/../../a.jpg',
      '/%2e%2e/a.jpg',
      '/.%2E/a.jpg',
      '/..%2fa.jpg',
      '/..%5Ca.jpg',
      '/..\\a.jpg',
      '/\\..\\..\\a.jpg',
      '/%252e%252e/a.jpg',
      '/%25252e./a.jpg',
      '/..;x=1/a.jpg',
      '/..%3b/a.jpg',
    ]) {
      it(`never leads out of ${base} by ${path}`, () => {
        expect(() => parseSourceUrl(path, { base }))
          .to.throw(InvalidRequestError)
          .with.property('field', 'url');
      });
    }

    it(`is not what begins with two slashes below ${base}`, () => {
      expect(() => parseSourceUrl('//cdn.example/a.jpg', { base })).to.throw(InvalidRequestError);
    });
  }

  it('never leads out where a parser drops what is in between', () => {
    for (const path of ['/.\t./a.jpg', '/.\n./a.jpg']) {
      expect(() => parseSourceUrl(path, { base: WEB }), path).to.throw(InvalidRequestError);
    }
  });

  it('leads nowhere without a base', () => {
    expect(() => parseSourceUrl('/a.jpg')).to.throw(InvalidRequestError);
  });

  it('has one name, and the name of the full address', () => {
    expect(parseSourceUrl('/a%2fb.jpg', { base: WEB }).canonical).to.equal(
      parseSourceUrl('https://cdn.example/images/a%2Fb.jpg').canonical,
    );
    expect(parseSourceUrl('/a%62.jpg', { base: BUCKET }).canonical).to.equal(
      parseSourceUrl('s3://bucket/photos/ab.jpg').canonical,
    );
  });
});

describe('parseSourceBase', () => {
  for (const text of [
    '',
    'images',
    '/srv/images',
    'file:/srv/images',
    'file://server/images',
    'ftp://cdn.example/',
    'https://user:pass@cdn.example/',
    'https://cdn.example/?x=1',
    's3://',
    's3://b/../c',
  ]) {
    it(`refuses "${text}"`, () => {
      expect(() => parseSourceBase(text)).to.throw();
    });
  }
});

describe('an address in a store', () => {
  it('is read with its key encoded as in any URL', () => {
    const source = parseSourceUrl('S3://my-bucket/x/a%20b+c.jpg');
    expect(source).to.include({
      href: 's3://my-bucket/x/a%20b%2Bc.jpg',
      canonical: 's3://my-bucket/x/a%20b%2Bc.jpg',
      host: 's3://my-bucket',
      isInBase: false,
    });
  });

  for (const text of [
    's3://b/a',
    's3:my-bucket/a',
    's3://my bucket/a',
    's3://my-bucket/a?b',
    's3://my-bucket/a/../b',
  ]) {
    it(`refuses ${text}`, () => {
      expect(() => parseSourceUrl(text)).to.throw(InvalidRequestError);
    });
  }
});
