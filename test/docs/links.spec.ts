import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { anchorsOf, brokenLinks, missingFiles } from './links.ts';
import { PAGES, parsePage, readPage } from './markdown.ts';

describe('the documents', () => {
  it('are where they are looked for', () => {
    expect(PAGES).to.include.members(['README.md', 'CONTRIBUTING.md', 'docs/http-api.md']);
  });

  for (const path of PAGES) {
    it(`${path} links to what is there, and names files that are there`, () => {
      const page = readPage(path);
      expect([...brokenLinks(path, page), ...missingFiles(path, page)]).to.deep.equal([]);
    });
  }

  it('are all reached from the README', () => {
    const reached = new Set(['README.md']);
    for (const page of reached)
      for (const [, file = ''] of readPage(page).prose.matchAll(/\]\(([\w./-]+\.md)/g))
        reached.add(join(dirname(page), file));
    expect([...reached]).to.include.members(PAGES.filter((path) => path.startsWith('docs/')));
  });
});

describe('the search for links that lead nowhere', () => {
  it('finds a file, an anchor, and a path outside of the project', () => {
    const page = parsePage(
      '[a](security.md) [b](gone.md) [c](security.md#gone)\n[d](#gone "title") [e](../../out.md) [f](https://a.example/)\n' +
        '# Here\n[g](#here) [h](<../LICENSE>) [i](http-api.md#signed-requests)\n```\n[j](gone.md)\n```\n',
    );
    expect(brokenLinks('docs/planted.md', page)).to.deep.equal([
      'docs/planted.md:1: gone.md',
      'docs/planted.md:1: security.md#gone',
      'docs/planted.md:2: #gone',
      'docs/planted.md:2: ../../out.md',
    ]);
  });

  it('finds a file that is named and not there', () => {
    const page = parsePage('`src/main.ts`, `src/gone.ts`,\n`test/deployment/`, `test/gone/`, `docs/*.md`');
    expect(missingFiles('a.md', page)).to.deep.equal(['a.md:1: src/gone.ts', 'a.md:2: test/gone/']);
  });
});

describe('an anchor', () => {
  const headings: Record<string, string> = {
    '## Signed requests': 'signed-requests',
    '## `GET /openapi.json`': 'get-openapijson',
    '### 5. A name and HTTPS': '5-a-name-and-https',
    '## What? Éclairs & [links](x.md)': 'what-éclairs--links',
  };
  for (const [heading, anchor] of Object.entries(headings)) {
    it(`of "${heading}" is ${anchor}`, () => expect(anchorsOf(heading)).to.deep.equal([anchor]));
  }

  it('of a heading that is there twice is numbered', () => {
    expect(anchorsOf('# A\n## B\n## A\n')).to.deep.equal(['a', 'b', 'a-1']);
  });
});
