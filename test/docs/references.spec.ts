import { readFile, readdir } from 'node:fs/promises';
import { expect } from 'chai';
import { REFERENCES, withReference } from '../../scripts/references.ts';
import { CACHE_KINDS } from '../../src/config/variables.ts';
import { DELIVERY_NAMES } from '../../src/domain/request/delivery.ts';
import { OPTION_NAMES } from '../../src/domain/request/options.ts';
import { OPERATION_NAMES } from '../../src/ports/operation-observer.ts';

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

  it('name every cache in the README, and every adapter in architecture.md', async () => {
    const read = (name: string) => readFile(new URL(`../../${name}`, import.meta.url), 'utf8');
    const [readme, architecture] = [await read('README.md'), await read('docs/architecture.md')];
    const [list = ''] = /`THUMBNAIL_CACHE` chooses another one: .*?\./s.exec(readme) ?? [];
    for (const kind of CACHE_KINDS.filter((kind) => kind !== 'memcached'))
      expect(list, 'README.md, "`THUMBNAIL_CACHE` chooses another one"').to.include(`\`${kind}\``);
    for (const adapter of await readdir(new URL('../../src/adapters', import.meta.url)))
      expect(architecture, 'the table of docs/architecture.md').to.match(new RegExp(`[\`/]${adapter}[\`/]`));
  });

  it('have every operation among the metrics and among the spans of operations.md', async () => {
    const text = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    const [metric = ''] = /^\| `thumbnailer_operation_duration_seconds` .*$/m.exec(text) ?? [];
    const [spans = ''] = /Its children are .*? if work waited for a slot\./s.exec(text) ?? [];
    for (const name of OPERATION_NAMES) {
      if (name !== 'wait') expect(metric).to.include(`\`${name.replace(' ', '_')}\``);
      expect(spans).to.include(`\`${name}\``);
    }
  });

  it('need a place in the document', () => {
    expect(() => withReference('# A document', '| a |')).to.throw('has no');
  });
});
