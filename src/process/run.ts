import { type Config, ConfigError, readConfig } from '../config/config.ts';
import { SecretSourceError } from '../ports/secret-source.ts';

/** How long what ought to have ended may hold the process once all is closed. */
const EXIT_BACKSTOP_MS = 1000;

/** The whole life of the process. A start that fails is explained on standard error, with exit code 1. */
export async function run(): Promise<void> {
  try {
    process.exitCode = await play(readConfig());
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = 1;
  }
  // A worker's channel to its primary would hold it.
  process.channel?.unref();
  setTimeout(() => process.exit(), EXIT_BACKSTOP_MS).unref();
}

/** Serves alone, or as one of several workers, or looks after them. What a part does not need is not loaded. */
async function play(config: Config): Promise<number> {
  if (config.workers > 1) {
    const { default: cluster } = await import('node:cluster');
    if (cluster.isPrimary) {
      const { superviseWorkers } = await import('./cluster-primary.ts');
      return superviseWorkers(config, cluster);
    }
    const { serveAsWorker } = await import('./cluster-worker.ts');
    return serveAsWorker(config);
  }
  const { serve } = await import('./serve.ts');
  return serve(config);
}

/** What an operator can mend is said in a sentence; a stack would only hide it. */
function explain(error: unknown): string {
  if (error instanceof ConfigError || error instanceof SecretSourceError) return error.message;
  if (error instanceof Error && 'syscall' in error) return `Cannot listen: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
