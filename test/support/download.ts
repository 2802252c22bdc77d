import type { TargetBox } from '../../src/domain/image/target-box.ts';
import { PartialDecoder } from '../../src/domain/image/partial/partial-decoder.ts';
import { parseSourceUrl } from '../../src/domain/request/source-url.ts';
import { Downloads } from '../../src/domain/source/downloads.ts';
import type { SourceFreshness, SourceValidators } from '../../src/domain/source/freshness.ts';
import type { ImageFetcher } from '../../src/ports/image-fetcher.ts';
import { Admission } from '../../src/domain/work/admission.ts';
import { caller, hostsOf, memoryPool } from './service.ts';
import { boxOf } from '../../scripts/kit/spec.ts';

export interface DownloadSetup {
  readonly maxBytes?: number | undefined;
  readonly timeoutMs?: number | undefined;
  /** Where the download may end early. */
  readonly endFor?: TargetBox | undefined;
  readonly validators?: SourceValidators | undefined;
  readonly signal?: AbortSignal | undefined;
  /** In place of the bound on bytes. */
  readonly reserve?: ((maxBytes: number) => Promise<void>) | undefined;
}

/** Of an unchanged source all that is of a body is undefined. */
export interface Downloaded extends Disposable {
  readonly bytes: Uint8Array | undefined;
  readonly isPart: boolean | undefined;
  readonly wholeBytes: number | undefined;
  readonly receivedBytes: number | undefined;
  readonly freshness: SourceFreshness;
  readonly validators: SourceValidators;
}

/** Downloads a source by way of a fetcher, as the service does. */
export async function downloadWith(
  fetcher: ImageFetcher,
  url: string,
  { maxBytes = 1e6, timeoutMs = 30_000, endFor, validators, signal, reserve }: DownloadSetup = {},
): Promise<Downloaded> {
  const limits = { places: 8, queueLimit: 8, queueTimeoutMs: 1000 };
  const downloadBytes = memoryPool();
  if (reserve !== undefined) {
    downloadBytes.open = () => ({
      growTo: reserve,
      complete: () => undefined,
      [Symbol.dispose]: () => undefined,
    });
  }
  const downloads = new Downloads({
    fetcher,
    limits: { maxBytes, timeoutMs, partialDownloads: endFor !== undefined },
    hosts: hostsOf(),
    misses: new Admission({ ...limits, budget: 0 }),
    downloadBytes,
    now: Date.now,
  });
  const endsWith = new PartialDecoder(endFor ?? boxOf(128));
  const request = { url: parseSourceUrl(url), endsWith, validators };
  const download = await downloads.start(request, caller(signal));
  const { body, freshness, validators: given } = download;
  return {
    bytes: body?.bytes,
    isPart: body?.isPart,
    wholeBytes: body?.wholeBytes,
    receivedBytes: body?.receivedBytes,
    freshness,
    validators: given,
    [Symbol.dispose]: () => download[Symbol.dispose](),
  };
}
