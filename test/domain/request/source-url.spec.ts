import { expect } from 'chai';
import { cacheKeyOf } from '../../../src/domain/cache/cache-key.ts';
import { InvalidRequestError } from '../../../src/domain/errors/index.ts';
import { MAX_URL_LENGTH, parseSourceUrl, parseTypedUrl } from '../../../src/domain/request/source-url.ts';
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

describe('what is no address of the web', () => {
  for (const [what, text, sentence] of [
    ['data:', 'data:image/png;base64,AAAA', 'upload the file'],
    ['data: of any length', `data:image/png;base64,${'A'.repeat(MAX_URL_LENGTH)}`, 'upload the file'],
    ['blob:', 'blob:https://images.example/0fb1f7ec', 'upload the file'],
    ['a port that is none', 'http://images.example:99999/a.jpg', 'Check its host name and port'],
    ['a host that is none', 'http://exa mple/a.jpg', 'Check its host name and port'],
    ['a scheme alone', 'https://', 'Check its host name and port'],
    ['a word', 'lake', 'starts with http:// or https://'],
    ['ftp:', 'ftp://images.example/a.jpg', 'start with http:// or https://'],
  ] as const) {
    it(`is refused with what to do about it: ${what}`, () => {
      for (const parse of [parseTypedUrl, parseSourceUrl])
        expect(() => parse(text)).to.throw(InvalidRequestError, sentence);
    });
  }
});

describe('an address as people type it', () => {
  const MEANT = 'https://images.example/a.jpg';
  const TYPED = [
    'images.example/a.jpg',
    '//images.example/a.jpg',
    `"${MEANT}"`,
    `'${MEANT}'`,
    `<${MEANT}>`,
    `\u201c${MEANT}\u201d`,
    `(${MEANT})`,
    `\`${MEANT}\``,
    '"images.example/a.jpg"',
    `<URL:${MEANT}>`,
    `URL: ${MEANT}`,
    `\ufeff\u00a0${MEANT}\u200b`,
  ];

  for (const text of TYPED) {
    it(`is completed where a person entered it, and proposed to a program: ${JSON.stringify(text)}`, () => {
      expect(parseTypedUrl(text).href).to.equal(MEANT);
      if (!/^[\s\ufeff]*https:/.test(text) && !/^[\ufeff]/.test(text))
        expect(() => parseSourceUrl(text)).to.throw(InvalidRequestError, `Did you mean ${MEANT}?`);
    });
  }

  it('may have a port, a query alone, letters of any alphabet, or be an IPv6 address', () => {
    for (const [text, href] of [
      ['images.example:8080/a.jpg', 'https://images.example:8080/a.jpg'],
      ['images.example?id=1', 'https://images.example/?id=1'],
      ['bücher.example/ä.jpg', 'https://xn--bcher-kva.example/%C3%A4.jpg'],
      ['[2001:db8::1]/a.jpg', 'https://[2001:db8::1]/a.jpg'],
      ['localhost:3000/a.jpg', 'https://localhost:3000/a.jpg'],
    ] as const)
      expect(parseTypedUrl(text).href, text).to.equal(href);
  });

  it('may have ampersands as HTML writes them, which a program means as they are', () => {
    const text = 'https://images.example/?a=1&amp;b=2&#38;c=3&#x26;d=4';
    expect(parseTypedUrl(text).href).to.equal('https://images.example/?a=1&b=2&c=3&d=4');
    expect(parseSourceUrl(text).href).to.include('&amp;b=2');
  });

  it('may be percent-encoded where a person pasted it, and is not encoded twice by a program', () => {
    expect(parseTypedUrl(encodeURIComponent(MEANT)).href).to.equal(MEANT);
    for (const text of [encodeURIComponent(MEANT), 'HTTP%3a//images.example/a.jpg', '%2Fphotos%2Fa.jpg'])
      expect(() => parseSourceUrl(text), text).to.throw(InvalidRequestError, 'once too often');
    expect(() => parseTypedUrl('https%3A%2F%2Fimages.example%2Fa%')).to.throw(InvalidRequestError);
  });

  it('is one, not several', () => {
    for (const text of [`${MEANT} ${MEANT}`, `images.example/b.jpg\t ${MEANT}`, `"${MEANT} ${MEANT}"`])
      expect(() => parseTypedUrl(text), text).to.throw(InvalidRequestError, 'several URLs');
    const within = `https://archive.example/a b/${MEANT}`;
    expect(parseTypedUrl(within).href).to.equal(within.replace(' ', '%20'));
  });

  it('is a path where there is a base, and is not completed there', () => {
    const base = 'https://cdn.example/photos/';
    expect(parseTypedUrl('"/a.jpg"', { base }).href).to.equal(`${base}a.jpg`);
    expect(() => parseTypedUrl('images.example/a.jpg', { base })).to.throw(InvalidRequestError);
  });

  for (const text of [
    'javascript:alert(1)',
    '"javascript:alert(1)"',
    'mailto:a@b.example',
    'data:,a.b',
    'a b',
    '"',
    '//',
    '<>',
    'me@images.example/a.jpg',
  ]) {
    it(`is refused, with nothing proposed, for ${text}`, () => {
      for (const parse of [parseTypedUrl, parseSourceUrl])
        expect(() => parse(text))
          .to.throw(InvalidRequestError)
          .with.property('message')
          .that.does.not.include('mean');
    });
  }

  it('is not repeated where it is too long to read', () => {
    expect(() => parseSourceUrl(`images.example/${'a'.repeat(400)}`)).to.throw('with https:// in front');
  });

  it('may be as long as the operator says', () => {
    const long = `https://images.example/${'a'.repeat(8000)}`;
    expect(parseSourceUrl(long).href).to.equal(long);
    expect(() => parseSourceUrl(long, { maxLength: 2048 })).to.throw('longer than 2048 characters');
  });
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
