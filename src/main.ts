import { tuneProcess } from './process/tuning.ts';

tuneProcess();
// Not imported before: a process that replaces itself would load it twice.
const { run } = await import('./process/run.ts');
await run();
