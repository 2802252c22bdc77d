import { expect } from 'chai';
import fc from 'fast-check';
import { fileStem } from '../../../src/domain/request/file-stem.ts';
import { dispositionOf } from '../../../src/http/thumbnail/file-name.ts';

describe('the name of a saved thumbnail', () => {
  const stems: Record<string, string> = {
    'photo.JPG': 'photo',
    'report.v2': 'report.v2',
    'a.tar.png': 'a.tar',
    '../../etc/passwd': 'etc-passwd',
    [String.raw`C:\photos\me.webp`]: 'C-photos-me',
    '.htaccess': 'htaccess',
    'a\r\nSet-Cookie: x=y.png': 'aSet-Cookie- x=y',
    'evil\u202Egnp.exe': 'evilgnp.exe',
    '  spaced . ': 'spaced',
    'con.png': '_con',
    'LPT1.old.gif': '_LPT1.old',
    'console.png': 'console',
    '“Zoë” 東京 🦊.png': '“Zoë” 東京 🦊',
    'Zoe\u0308': 'Zoë',
    '/': '',
    '...': '',
    '\uD83E': '',
    '.png': '',
  };
  for (const [name, stem] of Object.entries(stems)) {
    it(`is "${stem}" for ${JSON.stringify(name)}`, () => {
      expect(fileStem(name)).to.equal(stem);
    });
  }

  it('is cut between characters, at 200 bytes', () => {
    expect(fileStem('ä'.repeat(150))).to.equal('ä'.repeat(100));
    expect(fileStem('🦊'.repeat(150))).to.equal('🦊'.repeat(50));
  });

  it('is sent as it is where it is ASCII, and else encoded beside a plain one', () => {
    expect(dispositionOf('inline', 'my photo')('webp')).to.equal('inline; filename="my photo.webp"');
    expect(dispositionOf('attachment', "Zoë's 100%")('png')).to.equal(
      `attachment; filename="Zo_'s 100_.png"; filename*=UTF-8''Zo%C3%AB%27s%20100%25.png`,
    );
  });

  it('never leaves its place in the header, whatever it is, and comes out as it went in', () => {
    const header = /^inline; filename="([^"\\]*)\.avif"(?:; filename\*=UTF-8''([\w!#$&+.^`|~%-]*)\.avif)?$/;
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (name) => {
        const stem = fileStem(name);
        const text = dispositionOf('inline', stem)('avif');
        expect(text).to.match(/^[\x20-\x7e]*$/);
        const [, plain, encoded] = header.exec(text) ?? [];
        expect(plain, text).to.be.a('string');
        expect(encoded === undefined ? plain : decodeURIComponent(encoded)).to.equal(stem);
        expect(stem).to.not.match(/[/\\:*?"<>|\p{C}]/u);
      }),
    );
  });
});
