import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { PAGES, PROJECT, lineAt } from './markdown.ts';

/** Words that a reader of today stumbles over, or that the field has another one for. */
const STRANGE = /\b(whoever|lest|anew|heed(?:s|ed)?|mend(?:s|ed)?|in vain|what is none|had better)\b/gi;

const FILES = [
  // What it says of earlier versions stays as it was said.
  ...PAGES.filter((path) => path !== 'CHANGELOG.md'),
  ...globSync('{src,scripts,test}/**/*.{ts,js,njk}', { cwd: PROJECT }),
].filter((path) => path !== 'test/docs/words.spec.ts');

describe('documents, pages, messages and comments', () => {
  it('are in plain words', () => {
    const found = FILES.flatMap((path) => strangeWords(readFileSync(join(PROJECT, path), 'utf8'), path));
    expect(found).to.deep.equal([]);
    expect(FILES.length).to.be.above(500);
  });

  it('would be found out', () => {
    expect(strangeWords('fine\nMended anew, in vain', 'a.md')).to.deep.equal([
      'a.md:2: Mended',
      'a.md:2: anew',
      'a.md:2: in vain',
    ]);
  });
});

function strangeWords(text: string, path: string): string[] {
  return [...text.matchAll(STRANGE)].map(({ 0: word, index }) => `${path}:${lineAt(text, index)}: ${word}`);
}
