import { expect } from 'chai';
import { visibleName } from '../../../src/domain/request/visible-name.ts';

describe('visibleName', () => {
  for (const [what, name, shown] of [
    ['control characters', 'a\n\u0000b\u007f.jpg', 'ab.jpg'],
    ['what turns text around', '\u202egpj.exe\u2066', 'gpj.exe'],
    ['what takes no width', 'a\u200bb\u2060c\ufeff', 'abc'],
    ['separators of lines', 'a\u2028b\u2029c', 'abc'],
    ['half a character', 'a\ud83d.jpg', 'a.jpg'],
    ['blanks and joiners at the ends', ' \u200d\u200ca b\u200d ', 'a b'],
    ['joiners alone', '\u200d\u200c', ''],
    ['joiners between what is left away', '\u0000\u200d\u0000 \u200c a', 'a'],
  ] as const) {
    it(`leaves away ${what}`, () => {
      expect(visibleName(name)).to.equal(shown);
    });
  }

  for (const [what, name] of [
    ['Persian', '\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645'],
    ['Hindi', '\u0915\u094d\u200d\u0937'],
    ['a family', '\u{1f469}\u200d\u{1f469}\u200d\u{1f467}'],
  ] as const) {
    it(`leaves joiners in a word that is spelled with them: ${what}`, () => {
      expect(visibleName(name)).to.equal(name);
    });
  }
});
