import { expect } from 'chai';
import { checkStatus } from '../../../src/domain/source/answer.ts';
import { sourceAnswer } from '../../support/fakes.ts';

describe("the status of a source's answer", () => {
  const check = (status: number) => () => checkStatus(sourceAnswer('', { status }), 0);

  it('is good for 200 and 203', () => {
    for (const status of [200, 203]) expect(check(status)).to.not.throw();
  });

  for (const [status, advice] of [
    [401, 'without logging in'],
    [403, 'without logging in'],
    [404, 'typos'],
    [410, 'typos'],
    [429, 'in a minute'],
    [500, 'Try again later'],
    [503, 'Try again later'],
    [418, 'opens in a browser'],
  ] as const) {
    it(`${status} is named, with what to do about it`, () => {
      expect(check(status)).to.throw(`(${status})`);
      expect(check(status)).to.throw(advice);
    });
  }
});
