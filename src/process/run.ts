import { startDecoderBeside } from '../composition/decoder-program.ts';
import { type Config, ConfigError, levelOfFailures, readConfig } from '../config/config.ts';
import { withoutCredentials } from '../config/shown-value.ts';
import { SecretSourceError } from '../ports/secret-source.ts';

/** How long handles that should be closed by then may keep the process alive. */
const EXIT_BACKSTOP_MS = 1000;

/** The whole life of the process. A start that fails ends with exit code 1, explained to people and to log collectors. */
export async function run(): Promise<void> {
  let logLevel = levelOfFailures();
  try {
    const config = readConfig();
    logLevel = config.logLevel;
    process.exitCode = await runRole(config);
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`${withoutCredentials(explain(error))}\n`);
    await logFailure(error, logLevel);
  }
  // A worker's channel to its primary would keep it alive.
  process.channel?.unref();
  setTimeout(() => process.exit(), EXIT_BACKSTOP_MS).unref();
}

/** Serves alone, or as one of several workers, or supervises them. Loads only what that role needs. */
async function runRole(config: Config): Promise<number> {
  if (config.workers > 1) {
    const { default: cluster } = await import('node:cluster');
    if (cluster.isPrimary) {
      const { superviseWorkers } = await import('./cluster-primary.ts');
      return superviseWorkers(config, cluster);
    }
    startDecoderBeside(config);
    const { serveAsWorker } = await import('./cluster-worker.ts');
    return serveAsWorker(config);
  }
  startDecoderBeside(config);
  const { serve } = await import('./serve.ts');
  return serve(config);
}

/** A sentence for what an operator can fix, where a stack would only hide it; the stack for everything else. */
function explain(error: unknown): string {
  const sentence = sentenceOf(error);
  if (sentence !== undefined) return sentence;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function sentenceOf(error: unknown): string | undefined {
  if (error instanceof ConfigError || error instanceof SecretSourceError) return error.message;
  if (!(error instanceof Error && 'syscall' in error)) return undefined;
  const { code = '' } = error as NodeJS.ErrnoException;
  return `Cannot listen: ${error.message}. ${REMEDIES[code] ?? 'Set HOST to an address of this machine.'}`;
}

/** Of addresses that cannot be listened on, by Node's code; for all others, that of addresses of other machines. */
const REMEDIES: Readonly<Partial<Record<string, string>>> = {
  EADDRINUSE: 'Set PORT (METRICS_PORT for metrics) to one that is free.',
  EACCES: 'Set PORT (METRICS_PORT for metrics) to one above 1023.',
};

/** The same as one line of the log. */
async function logFailure(error: unknown, logLevel: string): Promise<void> {
  const { createLogger } = await import('../telemetry/logger.ts');
  const logger = await createLogger(logLevel);
  const reason = sentenceOf(error);
  logger.fatal(reason === undefined ? { err: error } : { reason }, 'the service cannot run');
}
