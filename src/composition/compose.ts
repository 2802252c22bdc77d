import 'reflect-metadata';
import type { RequestListener } from 'node:http';
import { Container } from 'inversify';
import { WarmUp } from './warm-up.ts';
import { cacheModule } from './cache-module.ts';
import { hasSecondProcessor } from './decoder-program.ts';
import { httpModule } from './http-module.ts';
import { imageModule } from './image-module.ts';
import type { Instruments } from './instruments.ts';
import { secretsModule } from './secrets-module.ts';
import { serviceModule } from './service-module.ts';
import type { Config } from '../config/config.ts';
import type { HostPattern } from '../domain/access/host-pattern.ts';
import type { ThumbnailPorts, ThumbnailService } from '../domain/making/thumbnail-service.ts';
import { type EcsTask, readEcsTask } from '../adapters/ecs-metadata/index.ts';
import type { InFlightResponses } from '../http/server/in-flight-responses.ts';
import type { Logger } from '../telemetry/logger.ts';
import { TOKENS } from './tokens.ts';

/** The application, put together. Disposing of it closes every connection that an adapter holds. */
export interface Composition extends AsyncDisposable {
  readonly handler: RequestListener;
  /** Loads what a start need not wait for. Rejects where something cannot be loaded. */
  readonly warmUp: () => Promise<void>;
  /** Which host names it answers to, and with which adapters it runs, and where, for the log. */
  readonly description: {
    readonly hosts: readonly HostPattern[];
    readonly cache: string;
    readonly secrets: string;
  };
}

interface ServiceSurroundings {
  readonly logger: Logger;
  readonly instruments?: Instruments;
  /** In place of those that the configuration chooses. */
  readonly ports?: Partial<ThumbnailPorts>;
}

export interface Surroundings extends ServiceSurroundings {
  readonly isReady: () => boolean;
  readonly shutdownDeadline: AbortSignal;
  readonly inFlight: InFlightResponses;
}

/** A task's metadata answer within a few milliseconds, or not at all. */
const METADATA_TIMEOUT_MS = 1000;

/** Builds everything that the configuration chooses, and nothing else: the other adapters are not even loaded. */
export async function compose(
  config: Config,
  { isReady, shutdownDeadline, inFlight, ...surroundings }: Surroundings,
): Promise<Composition> {
  const warmUp = new WarmUp({ loadsBeside: hasSecondProcessor() });
  const container = containerFor(config, surroundings, warmUp);
  container.bind(TOKENS.isReady).toConstantValue(isReady);
  container.bind(TOKENS.shutdownDeadline).toConstantValue(shutdownDeadline);
  container.bind(TOKENS.inFlight).toConstantValue(inFlight);
  container.load(httpModule);
  return orDisposed(container, async () => {
    const [handler, hosts, cache, secrets] = await Promise.all([
      container.getAsync(TOKENS.handler),
      container.getAsync(TOKENS.allowedHosts),
      container.getAsync(TOKENS.cache),
      container.getAsync(TOKENS.secrets),
      container.getAsync(TOKENS.cacheChoice),
    ]);
    const description = { hosts, cache: cache.description, secrets: secrets.description };
    return { handler, warmUp: () => warmUp.run(() => inFlight.count > 0), description };
  });
}

/** The use case alone, without the web application. Disposing of it closes the ports, those of the caller too. */
export async function composeService(
  config: Config,
  surroundings: ServiceSurroundings,
): Promise<{ readonly service: ThumbnailService } & AsyncDisposable> {
  const container = containerFor(config, surroundings, new WarmUp({ loadsBeside: false }));
  return orDisposed(container, async () => ({ service: await container.getAsync(TOKENS.service) }));
}

function containerFor(
  config: Config,
  { logger, instruments = {}, ports = {} }: ServiceSurroundings,
  warmUp: WarmUp,
): Container {
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(TOKENS.config).toConstantValue(config);
  container.bind(TOKENS.logger).toConstantValue(logger);
  container.bind(TOKENS.instruments).toConstantValue(instruments);
  container.bind(TOKENS.ports).toConstantValue(ports);
  container.bind(TOKENS.warmUp).toConstantValue(warmUp);
  container.bind(TOKENS.ecsTask).toResolvedValue(ecsTaskOf, [TOKENS.config]);
  container.load(secretsModule, cacheModule, imageModule, serviceModule);
  return container;
}

/** What is built of the container, which is disposed of with it, or at once where that fails. */
async function orDisposed<Built extends object>(
  container: Container,
  build: () => Promise<Built>,
): Promise<Built & AsyncDisposable> {
  const dispose = () => container.unbindAllAsync();
  try {
    return { ...(await build()), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function ecsTaskOf({ aws }: Config): Promise<EcsTask | undefined> {
  return readEcsTask(aws, { timeoutMs: METADATA_TIMEOUT_MS });
}
