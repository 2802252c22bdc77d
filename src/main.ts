import { enableCompileCache } from 'node:module';
import { tuneProcess } from './process-tuning.ts';

tuneProcess();
// What Node makes of the sources is kept in the system's folder for temporary files, where that can be written to.
enableCompileCache();
// Not before: what is loaded here would otherwise be loaded twice where the process is started anew.
const { run } = await import('./run.ts');
await run();
