/**
 * Writes the tables of docs/configuration.md and docs/http-api.md from the code: the environment's variables, and the
 * parameters of a thumbnail.
 *
 *     node scripts/write-references.ts
 */
import { readFile, writeFile } from 'node:fs/promises';
import { argumentsOf } from './kit/arguments.ts';
import { REFERENCES, withReference } from './references.ts';

argumentsOf(import.meta.filename, {});
for (const [name, reference] of Object.entries(REFERENCES)) {
  const document = new URL(`../docs/${name}`, import.meta.url);
  await writeFile(document, withReference(await readFile(document, 'utf8'), reference()));
}
