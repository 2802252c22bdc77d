/**
 * Writes docs/configuration.md from the descriptions that the start itself reads the environment by:
 *
 *     node scripts/write-configuration-reference.ts
 */
import { writeFile } from 'node:fs/promises';
import { configurationReference } from './configuration-reference.ts';

await writeFile(new URL('../docs/configuration.md', import.meta.url), configurationReference());
