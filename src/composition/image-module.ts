import { ContainerModule } from 'inversify';
import packageJson from '../../package.json' with { type: 'json' };
import { DeferredImageFetcher } from '../adapters/decorators/fetch-deferred/index.ts';
import { ObservedImageResizer } from '../adapters/decorators/observed/index.ts';
import { BoundedImageResizer } from '../adapters/decorators/resize-bounded/index.ts';
import { SharpImageResizer } from '../adapters/resize-sharp/index.ts';
import type { Config } from '../config/config.ts';
import { matchesHost } from '../domain/access/host-pattern.ts';
import type { SourcePolicy } from '../domain/access/source-policy.ts';
import type { ImageFetcher } from '../ports/image-fetcher.ts';
import type { ImageResizer } from '../ports/image-resizer.ts';
import { TOKENS } from './tokens.ts';
import { createAdmission } from './admissions.ts';
import type { WarmUp } from './warm-up.ts';
import { close } from './closing.ts';
import type { Instruments } from './instruments.ts';

/** From an address to a thumbnail: the policy on sources, the fetcher, the resizer and its bound. */
export const imageModule = new ContainerModule(({ bind }) => {
  bind(TOKENS.sourcePolicy).toResolvedValue(sourcePolicyOf, [TOKENS.config]);
  bind(TOKENS.fetcher)
    .toResolvedValue(createFetcher, [TOKENS.config, TOKENS.sourcePolicy, TOKENS.warmUp])
    .onDeactivation(close);
  bind(TOKENS.resizer).toResolvedValue(createResizer, [TOKENS.config, TOKENS.instruments, TOKENS.warmUp]);
});

function sourcePolicyOf({ allowedHosts, port, sources }: Config): SourcePolicy {
  // Names below a dot are left out: an operator's images often live there. The Via header ends a loop all the same.
  const ownNames = allowedHosts.filter((pattern) => !pattern.startsWith('.') && pattern !== '*');
  return {
    allowedPorts: sources.allowedPorts,
    allowedHosts: sources.allowedHosts,
    isOwnAddress: (hostname, sourcePort) =>
      matchesHost(hostname, ownNames) && isOwnPort(hostname, sourcePort, port),
  };
}

/** A public name is reached through a balancer's port; on the machine itself, other servers may have those. */
function isOwnPort(hostname: string, sourcePort: number, ownPort: number): boolean {
  const isLocal = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  return sourcePort === ownPort || (!isLocal && (sourcePort === 80 || sourcePort === 443));
}

function createFetcher({ sources }: Config, policy: SourcePolicy, warmUp: WarmUp): ImageFetcher {
  const fetcher = new DeferredImageFetcher({
    load: async () => {
      const { GotImageFetcher, parseNetworks } = await import('../adapters/fetch-got/index.ts');
      return new GotImageFetcher({
        maxRedirects: sources.maxRedirects,
        policy,
        addresses: { allowedPrivateNetworks: parseNetworks(sources.allowedPrivateNetworks) },
        userAgent: `thumbnailer/${packageJson.version}`,
      });
    },
  });
  warmUp.add(() => fetcher.warmUp());
  return fetcher;
}

function createResizer({ sources, work }: Config, instruments: Instruments, warmUp: WarmUp): ImageResizer {
  const decodes = createAdmission(
    'decodes',
    {
      places: work.resizeConcurrency,
      budget: work.memoryBudgetBytes,
      queueLimit: work.queueLimit,
      queueTimeoutMs: work.queueTimeoutMs,
    },
    instruments,
  );
  const sharp = new SharpImageResizer({ inputFormats: sources.inputFormats, maxPixels: sources.maxPixels });
  warmUp.add(() => sharp.warmUp());
  const { onOperation: observe } = instruments;
  // Inside the bound, so that the wait for a place is not taken for work.
  const resizer = observe === undefined ? sharp : new ObservedImageResizer({ resizer: sharp, observe });
  return new BoundedImageResizer({ resizer, decodes });
}
