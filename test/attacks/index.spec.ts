import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';

const ROOT = join(import.meta.dirname, '../..');
const ATTACKS = 45;

/** A row of the table: number, attack, what happens, spec files. */
const ROW = /^\|\s*(\d+)\s*\|[^|]+\|[^|]+\|([^|]+)\|$/gm;

describe('the table of attacks in docs/security.md', () => {
  it('has every attack once, and names spec files that exist and speak of it', async () => {
    const text = await readFile(join(ROOT, 'docs/security.md'), 'utf8');
    const rows = [...text.matchAll(ROW)].map(([, number, files]) => ({ number, files: filesIn(files!) }));
    expect(rows.map(({ number }) => Number(number))).to.deep.equal(
      Array.from({ length: ATTACKS }, (_, at) => at + 1),
    );
    for (const { number, files } of rows) {
      expect(files, `attack ${number}`).to.not.be.empty;
      // Rejects where there is none.
      const specs = await Promise.all(files.map((file) => readFile(join(ROOT, file), 'utf8')));
      const titles = specs.join('\n').match(new RegExp(`(['\`]|attack )${number}: `, 'g'));
      expect(titles, `a test of attack ${number}`).to.not.equal(null);
    }
  });

  it('leaves out no spec file of this folder', async () => {
    const text = await readFile(join(ROOT, 'docs/security.md'), 'utf8');
    const specs = (await readdir(import.meta.dirname)).filter((name) => name !== 'index.spec.ts');
    for (const name of specs) expect(text).to.include(`test/attacks/${name}`);
  });
});

function filesIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+\.spec\.ts)`/g)].map(([, file]) => file!);
}
