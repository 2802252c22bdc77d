/** What is charged in us-east-1, in US dollars, as listed on that day; docs/capacity.md names the pages. */
export const PRICES = {
  listed: '2026-03',
  /** Fargate, an hour. */
  vcpu: { x86: 0.04048, arm: 0.03238 },
  gib: { x86: 0.004445, arm: 0.00356 },
  publicAddress: 0.005,
  balancer: 0.0225,
  /** An LCU is 25 new connections a second, or 1 GB an hour, whichever is more. */
  lcu: 0.008,
  /** Two nodes of cache.t4g.medium, 3.1 GiB each. */
  cache: 2 * 0.065,
  /** From AWS to the internet, a GB, up to 10 TB, the next 40, the next 100, and beyond, a month. */
  egress: [
    { upToGb: 10_000, perGb: 0.09 },
    { upToGb: 50_000, perGb: 0.085 },
    { upToGb: 150_000, perGb: 0.07 },
    { upToGb: Infinity, perGb: 0.05 },
  ],
  /** Cloudflare Images: a thousand different thumbnails a month, whose delivery costs nothing more. */
  cloudflareThousand: 0.5,
} as const;

export const HOURS_PER_MONTH = 730;

export function egressCost(gigabytes: number): number {
  let [cost, charged] = [0, 0];
  for (const { upToGb, perGb } of PRICES.egress) {
    const part = Math.max(0, Math.min(gigabytes, upToGb) - charged);
    cost += part * perGb;
    charged += part;
  }
  return cost;
}
