import { expect } from 'chai';
import { globSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findContractGaps } from './adapter-contracts.ts';
import { PROJECT } from './cruise-sources.ts';

describe('contracts of the adapters', () => {
  it('every adapter keeps its own', () => {
    expect(globSync('src/adapters/*/', { cwd: PROJECT })).to.have.length.greaterThan(5);
    expect(findContractGaps(PROJECT)).to.deep.equal([]);
  });

  describe('in a planted project', () => {
    const GOOD_SPEC =
      "import { Cache } from '../../../src/adapters/cache-tin/index.ts';\n" +
      "import { itKeeps } from './contract.ts';\n" +
      'itKeeps(() => new Cache());\n';
    let project: string;

    beforeEach(async () => {
      project = await mkdtemp(join(tmpdir(), 'planted-'));
      await write('src/adapters/cache-tin/index.ts', '');
      await write('test/contract/cache/cache-tin.spec.ts', GOOD_SPEC);
    });
    afterEach(() => rm(project, { recursive: true, force: true }));

    async function write(path: string, text: string): Promise<void> {
      await mkdir(dirname(join(project, path)), { recursive: true });
      await writeFile(join(project, path), text);
    }

    it('nothing is missed where nothing is missing', () => {
      expect(findContractGaps(project)).to.deep.equal([]);
    });

    it('an adapter without a spec is', async () => {
      await write('src/adapters/cache-jar/jar.ts', '');
      expect(findContractGaps(project)).to.deep.equal([
        'src/adapters/cache-jar has no spec in test/contract',
      ]);
    });

    it('a spec that calls no contract is', async () => {
      await write(
        'test/contract/cache/cache-tin.spec.ts',
        GOOD_SPEC.replace('itKeeps(() =>', 'ignore(() =>'),
      );
      expect(findContractGaps(project)).to.deep.equal([
        'test/contract/cache/cache-tin.spec.ts does not call its contract',
      ]);
    });

    it('a spec of another adapter is', async () => {
      await write('test/contract/cache/cache-tin.spec.ts', GOOD_SPEC.replace('cache-tin', 'cache-can'));
      expect(findContractGaps(project)).to.deep.equal([
        'test/contract/cache/cache-tin.spec.ts does not import src/adapters/cache-tin/index.ts',
      ]);
    });
  });
});
