import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { REFERENCES, withReference } from '../../scripts/references.ts';
import { DELIVERY_NAMES } from '../../src/domain/request/delivery.ts';
import { OPTION_NAMES } from '../../src/domain/request/options.ts';

describe('the tables in docs/ that are written from the code', () => {
  for (const [name, reference] of Object.entries(REFERENCES)) {
    it(`are what the code says in ${name} (run \`node scripts/write-references.ts\` if not)`, async () => {
      const written = await readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
      expect(written).to.equal(withReference(written, reference()));
    });
  }

  it('have a row for every option', () => {
    for (const name of [...OPTION_NAMES, ...DELIVERY_NAMES])
      expect(REFERENCES['http-api.md']?.()).to.include(`| \`${name}\` |`);
  });

  it('have every option that the README lists', async () => {
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    const [list = ''] = /^Besides `url`.*? and `\w+`\./ms.exec(readme) ?? [];
    for (const name of OPTION_NAMES.filter((name) => name !== 'size'))
      expect(list, 'README.md, "Besides `url` and `size` there are …"').to.include(`\`${name}\``);
  });

  it('need a place in the document', () => {
    expect(() => withReference('# A document', '| a |')).to.throw('has no');
  });
});
