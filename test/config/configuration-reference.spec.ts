import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { configurationReference } from '../../scripts/configuration-reference.ts';

describe('docs/configuration.md', () => {
  it('is what the code says (run `node scripts/write-configuration-reference.ts` if it is not)', async () => {
    const written = await readFile(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
    expect(written).to.equal(configurationReference());
  });
});
