import { expect } from 'chai';
import { checkStatus, validatorsOf } from '../../../src/domain/source/answer.ts';
import { sourceAnswer } from '../../support/fakes.ts';

describe("the status of a source's answer", () => {
  const check =
    (status: number, headers = {}) =>
    () =>
      checkStatus(sourceAnswer('', { status, headers }), 0);

  it('is good from 200 to 203', () => {
    for (const status of [200, 201, 202, 203]) expect(check(status)).to.not.throw();
  });

  it('is good as 206 where the part is the whole', () => {
    for (const range of ['bytes 0-99/100', 'Bytes 0-99/*', ' bytes  0-99/100 ', 'nonsense', undefined])
      expect(check(206, { 'content-range': range }), range).to.not.throw();
    for (const range of ['bytes 0-98/100', 'bytes 1-99/100', 'bytes 1-99/*'])
      expect(check(206, { 'content-range': range }), range).to.throw('only part of the image (206)');
  });

  for (const [status, advice] of [
    [401, 'without logging in'],
    [403, 'without logging in'],
    [404, 'typos'],
    [410, 'typos'],
    [429, 'in a minute'],
    [500, 'Try again later'],
    [503, 'Try again later'],
    [204, 'opens in a browser'],
    [418, 'opens in a browser'],
  ] as const) {
    it(`${status} is named, with what to do about it`, () => {
      expect(check(status)).to.throw(`(${status})`);
      expect(check(status)).to.throw(advice);
    });
  }
});

describe('what is kept of an answer to recognise a version by', () => {
  const kept = (headers: Record<string, string>, href?: string) =>
    validatorsOf({ ...sourceAnswer('', { headers }), ...(href !== undefined && { href }) });
  const long = 'x'.repeat(8193);

  it('is what the server says of it, where it said it', () => {
    expect(
      kept({ etag: '"1"', 'cache-control': 'max-age=60', age: '5' }, 'http://images.example/a'),
    ).to.deep.equal({
      href: 'http://images.example/a',
      etag: '"1"',
      cacheControl: 'max-age=60',
    });
    expect(kept({ 'cache-control': 'max-age=60' })).to.deep.equal({});
  });

  it('has no field that is longer than caches take', () => {
    expect(kept({ etag: '"1"', 'last-modified': long, vary: long })).to.have.all.keys('href', 'etag');
    expect(kept({ etag: `"${long}"` })).to.deep.equal({});
  });

  it('is nothing where the address is longer than that', () => {
    expect(kept({ etag: '"1"' }, `http://images.example/${long}`)).to.deep.equal({});
  });
});
