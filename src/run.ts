import { compose } from './composition.ts';
import { ConfigError, readConfig } from './config.ts';
import { OverloadedError } from './domain/errors/index.ts';
import { listen } from './http/server.ts';
import { createLogger } from './logger.ts';
import { SecretSourceError } from './ports/secret-source.ts';

/** Why the process stops: a signal, which is well, or an error outside any request, which is not. */
type StopReason = { readonly signal: NodeJS.Signals } | { readonly error: unknown };

/** What is left of the time for stopping when work that has not ended is answered 503. */
const LAST_ANSWERS_MS = 1000;

/** How long what ought to have ended may hold the process once all is closed. */
const EXIT_BACKSTOP_MS = 1000;

/** The whole life of the process. A start that fails is explained on standard error, with exit code 1. */
export async function run(): Promise<void> {
  try {
    process.exitCode = await serve();
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = 1;
  }
  setTimeout(() => process.exit(), EXIT_BACKSTOP_MS).unref();
}

/** Read, compose, listen; once asked to stop, drain and dispose. Resolves with the exit code. */
async function serve(): Promise<number> {
  const config = readConfig();
  const logger = createLogger(config.logLevel);
  const stopping = stopReason();
  let ready = true;
  const cutShort = new AbortController();
  await using composition = await compose(config, {
    logger,
    isReady: () => ready,
    cutShort: cutShort.signal,
  });
  const server = await listen(composition.handler, config.host, config.port);
  logger.info({ url: server.url, ...composition.description }, 'listening');

  const reason = await stopping;
  ready = false;
  if ('error' in reason) logger.fatal({ err: reason.error }, 'error outside any request; stopping');
  else logger.info(reason, 'stopping');
  // An error may have left anything in disorder: then nothing new is taken on.
  const serveOnMs = 'error' in reason ? 0 : config.drainDelayMs;
  await endWithin(config.shutdownTimeoutMs, server.stop(serveOnMs), {
    answer: () => cutShort.abort(new OverloadedError()),
    destroy: () => server.destroy(),
  });
  return 'error' in reason ? 1 : 0;
}

/** A second signal is not waited for: it ends the process at once, as it would without a listener. */
function stopReason(): Promise<StopReason> {
  return new Promise((resolve) => {
    process.once('SIGTERM', (signal) => resolve({ signal }));
    process.once('SIGINT', (signal) => resolve({ signal }));
    process.once('uncaughtException', (error) => resolve({ error }));
  });
}

/** Work that has not ended shortly before its time is over is answered as it stands, and what is left then destroyed. */
async function endWithin(
  milliseconds: number,
  work: Promise<void>,
  { answer, destroy }: { readonly answer: () => void; readonly destroy: () => void },
): Promise<void> {
  const timers = [
    setTimeout(answer, Math.max(milliseconds / 2, milliseconds - LAST_ANSWERS_MS)),
    setTimeout(destroy, milliseconds),
  ];
  try {
    await work;
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}

/** What an operator can mend is said in a sentence; a stack would only hide it. */
function explain(error: unknown): string {
  if (error instanceof ConfigError || error instanceof SecretSourceError) return error.message;
  if (error instanceof Error && 'syscall' in error) return `Cannot listen: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
