import { expect } from 'chai';
import { checkStatus } from '../../../src/domain/source/answer.ts';
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
