import { isIP } from 'node:net';
import {
  GotImageFetcher,
  type GotImageFetcherOptions,
  type HostNames,
  parseNetworks,
} from '../../../src/adapters/fetch-got/index.ts';
import { type DownloadSetup, downloadWith } from '../../support/download.ts';
import { localNames } from '../../support/names.ts';
import { OPEN_SOURCES } from '../../support/service.ts';

export const MAX_BYTES = 1024 * 1024;

/** A fetcher for which 127.0.0.2 is the public internet, while 127.0.0.1 and ::1 are as private as ever. */
export function fetcherFor(options: Partial<GotImageFetcherOptions> = {}): GotImageFetcher {
  return new GotImageFetcher({
    maxRedirects: 3,
    policy: OPEN_SOURCES,
    addresses: { allowedPrivateNetworks: parseNetworks(['127.0.0.2/32']) },
    userAgent: 'thumbnailer/test',
    names: localNames(),
    ...options,
  });
}

/** The bytes of a source, downloaded as the service does, by a fetcher of its own. */
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
  const fetcher = fetcherFor(options);
  try {
    const { bytes } = await downloadWith(fetcher, url, setup);
    return Buffer.from(bytes ?? []);
  } finally {
    await fetcher.close();
  }
}

/** Answers the n-th question with the n-th list of addresses, and all later ones with the last. */
export function namesOf(...answers: readonly (readonly string[])[]): HostNames {
  let asked = 0;
  return {
    resolve: () => {
      const answer = answers[Math.min(asked, answers.length - 1)] ?? [];
      asked += 1;
      return Promise.resolve(answer.map((address) => ({ address, family: isIP(address) })));
    },
    isInside: () => false,
  };
}
