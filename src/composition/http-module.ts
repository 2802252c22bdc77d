import { hostname } from 'node:os';
import type { RequestListener } from 'node:http';
import { ContainerModule } from 'inversify';
import type { Config } from '../config/config.ts';
import type { HostPattern } from '../domain/access/host-pattern.ts';
import type { ThumbnailService } from '../domain/making/thumbnail-service.ts';
import type { EcsTask } from '../adapters/ecs-metadata/index.ts';
import { readFallback } from './fallback.ts';
import type { Fallback } from '../http/thumbnail/fallback.ts';
import { createHandler } from '../http/app.ts';
import type { Site } from '../http/site.ts';
import { bodyParsers } from '../http/body/body-parsers.ts';
import type { InFlightResponses } from '../http/server/in-flight-responses.ts';
import type { Logger } from '../telemetry/logger.ts';
import { TOKENS } from './tokens.ts';
import type { WarmUp } from './warm-up.ts';
import type { Instruments } from './instruments.ts';

export const httpModule = new ContainerModule(({ bind }) => {
  bind(TOKENS.allowedHosts).toResolvedValue(hostsOf, [TOKENS.config, TOKENS.ecsTask]);
  bind(TOKENS.fallback).toResolvedValue(readFallback, [TOKENS.config, TOKENS.resizer]);
  bind(TOKENS.handler).toResolvedValue(createListener, [
    TOKENS.config,
    TOKENS.allowedHosts,
    TOKENS.service,
    TOKENS.fallback,
    TOKENS.logger,
    TOKENS.isReady,
    TOKENS.shutdownDeadline,
    TOKENS.inFlight,
    TOKENS.instruments,
    TOKENS.warmUp,
  ]);
});

/** What load balancers are called, outside China and in it. */
const BALANCER_HOSTS = ['.elb.amazonaws.com', '.elb.amazonaws.com.cn'];

/** On ECS people come by the load balancer's own name until it has a better one, and its checks by the address. */
function hostsOf({ allowedHosts }: Config, task: EcsTask | undefined): HostPattern[] {
  const ecsHosts = task === undefined ? [] : [...task.privateIpv4Addresses, ...BALANCER_HOSTS];
  return [...allowedHosts, ...ecsHosts];
}

function siteOf({ basePath, form, requests, uploads, sources: { inputFormats } }: Config): Site {
  const signatures = requests.signatures === 'required' ? 'required' : 'optional';
  return { basePath, form: form ? 'on' : 'off', signatures, uploads, inputFormats };
}

function createListener(
  config: Config,
  allowedHosts: readonly HostPattern[],
  service: ThumbnailService,
  fallback: Fallback | undefined,
  logger: Logger,
  isReady: () => boolean,
  shutdownDeadline: AbortSignal,
  inFlight: InFlightResponses,
  { onRequest, traceRequest }: Instruments,
  warmUp: WarmUp,
): RequestListener {
  warmUp.add(bodyParsers);
  const { allowedOrigins, cache, hsts, requests, sources, trustedProxies } = config;
  return createHandler({
    service,
    fallback,
    logger,
    site: siteOf(config),
    allowedHosts,
    allowedOrigins,
    hsts,
    lifetimes: cache.lifetimes,
    limits: { ...requests, addresses: { base: sources.base, maxLength: sources.maxUrlLength } },
    serverName: hostname(),
    uploads: { maxBytes: sources.maxBytes, timeoutMs: sources.timeoutMs },
    isReady,
    shutdownDeadline,
    inFlight,
    onRequest,
    traceRequest,
    trustedProxies,
  });
}
