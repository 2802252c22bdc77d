import { Writable } from 'node:stream';
import { pino } from 'pino';
import { type AppOptions, createHandler } from '../../src/http/app.ts';
import { InFlightResponses } from '../../src/http/server/in-flight-responses.ts';
import { type RunningServer, listen } from '../../src/http/server/server.ts';
import type { OptionLimits } from '../../src/domain/request/option.ts';
import { type Site, WHOLE_SITE } from '../../src/http/site.ts';
import type { UploadLimits } from '../../src/http/body/limits.ts';
import { DEFAULT_LIMITS } from '../../scripts/kit/spec.ts';
import type { Harness } from './service.ts';

export interface TestApp extends AsyncDisposable {
  readonly url: string;
  readonly server: RunningServer;
  /** What has been logged so far, a parsed line each. */
  readonly log: readonly Record<string, unknown>[];
  /** The text of the log so far. */
  readonly logText: () => string;
  ready: boolean;
}

interface TestAppOptions extends Pick<AppOptions, 'fallback' | 'onRequest' | 'traceRequest'> {
  readonly presets?: OptionLimits['presets'];
  readonly site?: Partial<Site>;
  readonly allowedHosts?: readonly string[];
  readonly allowedOrigins?: readonly string[];
  readonly hsts?: boolean;
  readonly uploads?: UploadLimits;
}

/** The real web application on a loopback port, over a service among fakes. */
export async function startApp(
  { service }: Pick<Harness, 'service'>,
  {
    site = {},
    allowedHosts = ['127.0.0.1', 'localhost'],
    allowedOrigins = ['*'],
    hsts = false,
    presets = new Map(),
    uploads = { maxBytes: 1024 * 1024, timeoutMs: 10_000 },
    ...observers
  }: TestAppOptions = {},
): Promise<TestApp> {
  const log: Record<string, unknown>[] = [];
  let logText = '';
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logText += chunk.toString();
      log.push(
        ...chunk
          .toString()
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Record<string, unknown>),
      );
      done();
    },
  });
  const state = { ready: true };
  const inFlight = new InFlightResponses();
  const options: AppOptions = {
    service,
    logger: pino({ level: 'trace' }, sink),
    site: { ...WHOLE_SITE, ...site },
    allowedHosts,
    allowedOrigins,
    hsts,
    // As the service's own policies have it.
    lifetimes: {
      defaultMs: 60_000,
      minMs: 1000,
      maxMs: 3_600_000,
      faultsMs: 60_000,
      staleIfErrorMs: 1_800_000,
    },
    limits: { ...DEFAULT_LIMITS, presets },
    serverName: 'test-server',
    uploads,
    isReady: () => state.ready,
    shutdownDeadline: new AbortController().signal,
    inFlight,
    ...observers,
  };
  const server = await listen(createHandler(options), {
    host: '127.0.0.1',
    port: 0,
    bodyTimeoutMs: uploads.timeoutMs,
    inFlight,
  });
  const dispose = async () => {
    const stopped = server.stop();
    server.destroy();
    await stopped;
  };
  return Object.assign(state, {
    url: server.url,
    server,
    log,
    logText: () => logText,
    [Symbol.asyncDispose]: dispose,
  });
}

/** Posts the form as a browser does. */
export function postForm(url: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
  return fetch(url, { method: 'POST', body: new URLSearchParams(fields), headers });
}
