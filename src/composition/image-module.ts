import { ContainerModule } from 'inversify';
import { DeferredImageFetcher } from '../adapters/decorators/fetch-deferred/index.ts';
import type { EcsTask } from '../adapters/ecs-metadata/index.ts';
import { ObservedImageResizer } from '../adapters/decorators/observed/index.ts';
import { BoundedImageResizer } from '../adapters/decorators/resize-bounded/index.ts';
import type { HostNames } from '../adapters/fetch-got/index.ts';
import type { Config } from '../config/config.ts';
import { matchesHost } from '../domain/access/host-pattern.ts';
import { parseSourcePrefix } from '../domain/access/source-prefix.ts';
import type { SourceHeaderReader } from '../domain/access/source-header-reader.ts';
import type { SourcePolicy } from '../domain/access/source-policy.ts';
import type { ThumbnailPorts } from '../domain/making/thumbnail-service.ts';
import type { OvertimeLimits } from '../domain/work/overtime.ts';
import type { ImageFetcher } from '../ports/image-fetcher.ts';
import type { ImageResizer } from '../ports/image-resizer.ts';
import type { Logger } from '../telemetry/logger.ts';
import { TOKENS } from './tokens.ts';
import { createAdmission } from './admissions.ts';
import { inputLimitsOf } from './decoder-program.ts';
import type { WarmUp } from './warm-up.ts';
import { close } from './closing.ts';
import { createSourceHeaders } from './source-headers.ts';
import { withStores } from './stores.ts';
import type { Instruments } from './instruments.ts';

/** From an address to a thumbnail: the policy on sources, the fetcher, the resizer and its bound. */
export const imageModule = new ContainerModule(({ bind }) => {
  bind(TOKENS.sourcePolicy).toResolvedValue(sourcePolicyOf, [TOKENS.config]);
  bind(TOKENS.sourceHeaders).toResolvedValue(createSourceHeaders, [TOKENS.secrets, TOKENS.logger]);
  bind(TOKENS.fetcher)
    .toResolvedValue(createFetcher, [
      TOKENS.config,
      TOKENS.ports,
      TOKENS.sourcePolicy,
      TOKENS.sourceHeaders,
      TOKENS.ecsTask,
      TOKENS.warmUp,
    ])
    .onDeactivation(close);
  bind(TOKENS.resizer)
    .toResolvedValue(createResizer, [
      TOKENS.config,
      TOKENS.ports,
      TOKENS.instruments,
      TOKENS.warmUp,
      TOKENS.logger,
    ])
    .onDeactivation(close);
});

function sourcePolicyOf({ allowedHosts, port, sources }: Config): SourcePolicy {
  // Names below a dot are left out: an operator's images often live there. The Via header ends a loop all the same.
  const { allowedPrefixes, base = '' } = sources;
  const ownNames = allowedHosts.filter((pattern) => !pattern.startsWith('.') && pattern !== '*');
  return {
    allowedPorts: sources.allowedPorts,
    allowedHosts: sources.allowedHosts,
    // What the base's server redirects to, below the base, is not foreign to it.
    allowedPrefixes: /^https?:/.test(base) ? [...allowedPrefixes, parseSourcePrefix(base)] : allowedPrefixes,
    maxUrlLength: sources.maxUrlLength,
    isOwnAddress: (hostname, sourcePort) =>
      matchesHost(hostname, ownNames) && isOwnPort(hostname, sourcePort, port),
  };
}

/** A public name is reached through a balancer's port; on the machine itself, other servers may have those. */
function isOwnPort(hostname: string, sourcePort: number, ownPort: number): boolean {
  const isLocal = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  return sourcePort === ownPort || (!isLocal && (sourcePort === 80 || sourcePort === 443));
}

/** How long a host name may take; at most half of what a download may. */
const MAX_NAME_TIMEOUT_MS = 5000;

async function createFetcher(
  config: Config,
  { fetcher }: Partial<ThumbnailPorts>,
  policy: SourcePolicy,
  sourceHeaders: SourceHeaderReader,
  task: EcsTask | undefined,
  warmUp: WarmUp,
): Promise<ImageFetcher> {
  if (fetcher !== undefined) return fetcher;
  const web = await createWebFetcher(config, policy, sourceHeaders, warmUp);
  return withStores(web, config, task, warmUp);
}

async function createWebFetcher(
  config: Config,
  policy: SourcePolicy,
  sourceHeaders: SourceHeaderReader,
  warmUp: WarmUp,
): Promise<ImageFetcher> {
  const { sources, modules } = config;
  const { maxRedirects, userAgent, allowedPrivateNetworks } = sources;
  const headersOf = (href: string) => sourceHeaders.for(href);
  const settings = { policy, maxRedirects, userAgent, headersOf };
  if (modules.fetcher !== undefined) {
    const { loadFetcher } = await import('./load-adapter.ts');
    const { parseNetworks, whyForbidden } = await import('../adapters/fetch-got/index.ts');
    const addresses = { allowedPrivateNetworks: parseNetworks(allowedPrivateNetworks) };
    return loadFetcher(modules.fetcher, {
      ...settings,
      whyForbidden: (address) => whyForbidden(address, addresses),
    });
  }
  const fetcher = new DeferredImageFetcher({
    load: async () => {
      const { GotImageFetcher, parseNetworks } = await import('../adapters/fetch-got/index.ts');
      const addresses = { allowedPrivateNetworks: parseNetworks(allowedPrivateNetworks) };
      return new GotImageFetcher({ ...settings, addresses, names: await namesOf(config) });
    },
  });
  warmUp.add(() => fetcher.warmUp());
  return fetcher;
}

async function namesOf({ sources, work }: Config): Promise<HostNames> {
  const { NameResolver } = await import('../adapters/resolve-names/index.ts');
  return new NameResolver({
    servers: sources.dnsServers,
    timeoutMs: Math.min(MAX_NAME_TIMEOUT_MS, sources.timeoutMs / 2),
    queueTimeoutMs: work.queueTimeoutMs,
  });
}

/**
 * One slot, with one more decoder, for small images: where two large ones are decoded at once, all processes of a task of
 * 512 MiB together came to hold more than that. A client that has nothing inside waits no longer than two or three thumbnails
 * take.
 */
const overtimeOf = ({ decoders, memoryBudgetBytes }: Config['work']): OvertimeLimits | undefined =>
  decoders === 'isolated'
    ? { slots: 1, budget: memoryBudgetBytes / 2, afterMs: 25, forAnyAfterMs: 500 }
    : undefined;

/**
 * An AVIF that is decoded alone may be reckoned at so many times the budget, as those of phones are. In truth they take up to
 * 1.2 times the budget (docs/formats.md), and are held to that.
 */
const ALONE = 1.75;

async function createResizer(
  config: Config,
  ports: Partial<ThumbnailPorts>,
  instruments: Instruments,
  warmUp: WarmUp,
  logger: Logger,
): Promise<BoundedImageResizer> {
  const { work } = config;
  const decodes = createAdmission(
    'decodes',
    {
      places: work.resizeConcurrency,
      budget: work.memoryBudgetBytes,
      alone: work.decoders === 'isolated' ? work.memoryBudgetBytes * ALONE : undefined,
      overtime: overtimeOf(work),
      queueLimit: work.queueLimit,
      queueTimeoutMs: work.queueTimeoutMs,
    },
    instruments,
  );
  const unbound = ports.resizer ?? (await createUnbound(config, warmUp, logger));
  const { onOperation: observe } = instruments;
  // Inside the bound, so that the wait for a place is not taken for work.
  const resizer = observe === undefined ? unbound : new ObservedImageResizer({ resizer: unbound, observe });
  return new BoundedImageResizer({ resizer, decodes });
}

async function createUnbound(config: Config, warmUp: WarmUp, logger: Logger): Promise<ImageResizer> {
  const { modules, work } = config;
  const limits = inputLimitsOf(config);
  if (modules.resizer !== undefined) {
    const { loadResizer } = await import('./load-adapter.ts');
    return loadResizer(modules.resizer, { limits });
  }
  const { createDecoding } = await import('./decoding.ts');
  const decoding = await createDecoding(work, limits, logger);
  const load = () => decoding.warmUp();
  if (work.decoders === 'isolated') warmUp.addBeside(load);
  else warmUp.add(load);
  return decoding;
}
