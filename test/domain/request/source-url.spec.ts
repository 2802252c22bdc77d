import { expect } from 'chai';
import { cacheKeyOf } from '../../../src/domain/cache/cache-key.ts';
import { InvalidRequestError } from '../../../src/domain/errors/index.ts';
import { MAX_URL_LENGTH, parseSourceUrl } from '../../../src/domain/request/source-url.ts';
import type { SpecFields } from '../../../scripts/kit/spec.ts';
import { requestFor } from '../../support/service.ts';

describe('parseSourceUrl', () => {
  it('takes absolute http and https addresses, pasted with white space around them too', () => {
    expect(parseSourceUrl('http://images.example/a.jpg').href).to.equal('http://images.example/a.jpg');
    expect(parseSourceUrl(' https://images.example/a b.jpg\n').href).to.equal(
      'https://images.example/a%20b.jpg',
    );
  });

  it('leaves the fragment away, and keeps path and query out of the host that is logged', () => {
    const source = parseSourceUrl('http://Images.Example:8080/a.jpg?token=secret#top');
    expect(source.href).to.equal('http://images.example:8080/a.jpg?token=secret');
    expect(source.host).to.equal('images.example:8080');
  });

  for (const [what, text] of Object.entries({
    'an empty text': '  ',
    'a relative address': '/a.jpg',
    'a bare name': 'images.example/a.jpg',
    'file:': 'file:///etc/passwd',
    'ftp:': 'ftp://images.example/a.jpg',
    'data:': 'data:image/png;base64,AAAA',
    'javascript:': 'javascript:alert(1)',
    'unix:': 'http+unix://%2Fvar%2Frun/docker.sock',
    'a user': 'http://user@images.example/a.jpg',
    'a password': 'http://user:pass@images.example/a.jpg',
    'a host that is none': 'http://exa mple/a.jpg',
    'too long an address': `http://images.example/${'a'.repeat(MAX_URL_LENGTH)}`,
  })) {
    it(`refuses ${what}, naming the field`, () => {
      expect(() => parseSourceUrl(text))
        .to.throw(InvalidRequestError)
        .with.property('field', 'url');
    });
  }
});

describe('cacheKeyOf', () => {
  const keyOf = (url: string, spec: SpecFields = {}) =>
    cacheKeyOf(parseSourceUrl(url).canonical, requestFor(url, spec).spec);

  it('is 46 characters of printable ASCII that begin with a version', () => {
    expect(keyOf('http://images.example/ä')).to.match(/^v\d+:[\w-]{43}$/);
  });

  it('is the same for two spellings of one address', () => {
    const key = keyOf('http://images.example/a/b%2Fc?x=1');
    for (const same of [
      'http://IMAGES.example/a/b%2fc?x=1',
      'http://images.example:80/a/b%2Fc?x=1#part',
      'HTTP://images.example/a/./b%2Fc?x=1',
      ' http://images.example/a/x/../b%2Fc?x=1 ',
    ]) {
      expect(keyOf(same), same).to.equal(key);
    }
  });

  it('differs for addresses that differ', () => {
    const urls = [
      'http://images.example/a',
      'https://images.example/a',
      'http://images.example:8080/a',
      'http://images.example/A',
      'http://images.example/a/',
      'http://images.example/a?',
      'http://images.example/a?b=1&c=2',
      'http://images.example/a?c=2&b=1',
      'http://images.example/a%2Fb',
      'http://images.example/a/b',
    ];
    expect(new Set(urls.map((url) => keyOf(url))).size).to.equal(urls.length);
  });

  it('does not run fields into one another', () => {
    const one = keyOf('http://images.example/a', { size: 64 });
    const other = keyOf('http://images.example/a,64', { size: 4 });
    expect(one).to.not.equal(other);
  });
});
