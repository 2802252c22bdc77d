/**
 * Refuses production packages whose licence is not on the list of scripts/release/licences.ts:
 *
 *     npm run check:licences
 */
import { argumentsOf } from './kit/arguments.ts';
import { checkLicences } from './release/licences.ts';

argumentsOf(import.meta.filename, {});
const { counts, faults } = checkLicences(process.cwd());
if (faults.length === 0) {
  const byCount = [...counts].sort(([, a], [, b]) => b - a);
  console.log(`Licences of production packages: ${byCount.map(([name, n]) => `${n} ${name}`).join(', ')}.`);
} else {
  for (const fault of faults) console.error(`check-licences: ${fault}`);
  console.error('Replace what is there, or add its licence to scripts/release/licences.ts with the reason.');
  process.exitCode = 1;
}
