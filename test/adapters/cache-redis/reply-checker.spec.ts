import { expect } from 'chai';
import { ReplyChecker } from '../../../src/adapters/cache-redis/reply-checker.ts';

const LIST = '*2\r\n*3\r\n:0\r\n$1\r\na\r\n*0\r\n$-1\r\n';

describe('ReplyChecker', () => {
  const checkAll = (checker: ReplyChecker, text: string, pieceBytes: number) => {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += pieceBytes) checker.check(bytes.subarray(at, at + pieceBytes));
  };

  for (const pieceBytes of [1, 2, 7, 1000]) {
    it(`counts lists as one reply each, in pieces of ${pieceBytes}`, () => {
      const checker = new ReplyChecker({ askedCount: () => 3, mayList: true });
      checkAll(checker, `${LIST}+OK\r\n*-1\r\n`, pieceBytes);
      expect(() => checkAll(checker, '+more\r\n', pieceBytes)).to.throw(/not asked/);
    });
  }

  it('takes no list where none can be the answer', () => {
    const checker = new ReplyChecker({ askedCount: () => 1 });
    expect(() => checkAll(checker, LIST, 1000)).to.throw(/not Redis/);
  });

  it('takes no list without end', () => {
    for (const text of ['*9999999\r\n', '*999999\r\n', '*2\r\n'.repeat(60_000), '*a\r\n', '*-2\r\n']) {
      const checker = new ReplyChecker({ askedCount: () => 1, mayList: true });
      expect(() => checkAll(checker, text, 1000), text.slice(0, 10)).to.throw(/not Redis|elements/);
    }
  });
});
