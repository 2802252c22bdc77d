import { tuneProcess } from './process/tuning.ts';

tuneProcess();
// Not before: what is loaded here would otherwise be loaded twice where the process is started anew.
const { run } = await import('./process/run.ts');
await run();
