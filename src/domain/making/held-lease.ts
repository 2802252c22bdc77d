import type { Lease } from '../../ports/thumbnail-cache.ts';

/**
 * Where its holder has died, the others wait as long as this; a holder that is held up for longer loses it. A server
 * whose clock is coarse may end it a second earlier.
 */
export const LEASE_MS = 2000;
const RENEW_EVERY_MS = 400;

/** Does the work with the lease, which is renewed as long as that goes on, up to `maxMs`, and then released. */
export async function holding<T>(lease: Lease, maxMs: number, work: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + maxMs;
  const renew = async () => {
    if (performance.now() > giveUpAt) clearInterval(timer);
    // One that failed is made up for by the next.
    else if ((await lease.renew?.(LEASE_MS).catch(() => true)) !== true) clearInterval(timer);
  };
  let renewing: Promise<void> | undefined;
  const renewOnce = () => (renewing ??= renew().finally(() => (renewing = undefined)));
  const timer = setInterval(() => void renewOnce(), RENEW_EVERY_MS).unref();
  try {
    return await work();
  } finally {
    clearInterval(timer);
    // A renewal that ends behind the release would have the others wait for nobody.
    await renewing;
    await lease.release();
  }
}
