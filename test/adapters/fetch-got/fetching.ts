import type { LookupAddress } from 'node:dns';
import { type LookupFunction, isIP } from 'node:net';
import {
  GotImageFetcher,
  type GotImageFetcherOptions,
  parseNetworks,
} from '../../../src/adapters/fetch-got/index.ts';
import { type DownloadSetup, downloadWith } from '../../support/download.ts';
import { OPEN_SOURCES } from '../../support/service.ts';

export const MAX_BYTES = 1024 * 1024;

/** A fetcher for which 127.0.0.2 is the public internet, while 127.0.0.1 and ::1 are as private as ever. */
export function fetcherFor(options: Partial<GotImageFetcherOptions> = {}): GotImageFetcher {
  return new GotImageFetcher({
    maxRedirects: 3,
    policy: OPEN_SOURCES,
    addresses: { allowedPrivateNetworks: parseNetworks(['127.0.0.2/32']) },
    userAgent: 'thumbnailer/test',
    ...options,
  });
}

/** The bytes of a source, downloaded as the service does. */
export async function fetchFrom(
  url: string,
  {
    signal,
    reserve,
    timeoutMs,
    maxBytes = MAX_BYTES,
    ...options
  }: DownloadSetup & Partial<GotImageFetcherOptions> = {},
): Promise<Buffer> {
  const setup = { signal, reserve, timeoutMs, maxBytes };
  const { bytes } = await downloadWith(fetcherFor(options), url, setup);
  return Buffer.from(bytes ?? []);
}

/** Answers the n-th question with the n-th list of addresses, and all later ones with the last. */
export function lookupOf(...answers: readonly (readonly string[])[]): LookupFunction {
  let asked = 0;
  return (_hostname, options, callback) => {
    const answer = answers[Math.min(asked, answers.length - 1)] ?? [];
    asked += 1;
    const found: LookupAddress[] = answer.map((address) => ({ address, family: isIP(address) }));
    process.nextTick(() =>
      options.all ? callback(null, found) : callback(null, answer[0] ?? '', found[0]?.family),
    );
  };
}
