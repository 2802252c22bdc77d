import { composeService } from '../composition/compose.ts';
import { readConfig } from '../config/config.ts';
import type { ThumbnailPorts, ThumbnailResult } from '../domain/making/thumbnail-service.ts';
import type { Thumbnail } from '../domain/image/thumbnail.ts';
import type { ImageInfo } from '../domain/image/image-info.ts';
import { INFO_FIELDS, type InfoField, infoSpecFor, parseInfoFields } from '../domain/request/info-spec.ts';
import type { OptionName } from '../domain/request/options.ts';
import { Requester } from '../domain/work/requester.ts';
import { parseWish } from '../http/thumbnail/thumbnail-query.ts';
import { createLogger } from '../telemetry/logger.ts';
import { addressOf, sourceOf, textsOf } from './given.ts';

export interface ThumbnailerOptions {
  /**
   * Settings by their names in docs/configuration.md, such as `{ MAX_SOURCE_SIZE: '5MiB' }`. Those of the server have no
   * effect. The environment is not read; pass `process.env` if it should be.
   */
  readonly settings?: Readonly<Record<string, string | undefined>>;
  /** Implementations of the ports, in place of those that the settings choose. They are closed with the thumbnailer. */
  readonly ports?: Partial<ThumbnailPorts>;
}

/** The options of docs/http-api.md, of which one says how large: `size`, `width`, `height` or `preset`. */
export type ThumbnailParameters = Readonly<
  Partial<Record<OptionName, string | number | boolean | undefined>>
>;

export interface WorkOptions {
  /** Ends the work. */
  readonly signal?: AbortSignal;
  /** What `format: 'auto'` chooses from, as an `Accept` header; AVIF and WebP if not given. */
  readonly accept?: string;
  /** Ask the source even if the thumbnail in the cache is fresh. */
  readonly refresh?: boolean;
}

/** A thumbnail, and where it came from. */
export interface MadeThumbnail extends Thumbnail {
  readonly etag: string;
  readonly cacheStatus: ThumbnailResult['cacheStatus'];
}

/** The pipeline without a server. Dispose of it to end its decoders and close its ports. */
export interface Thumbnailer extends AsyncDisposable {
  /**
   * The thumbnail of an image at a URL, or of the bytes of an image.
   *
   * @throws ThumbnailerError, whose `code` is one of docs/http-api.md; the signal's reason
   */
  thumbnail(
    source: string | URL | Uint8Array,
    parameters: ThumbnailParameters,
    options?: WorkOptions,
  ): Promise<MadeThumbnail>;

  /**
   * What is known of an image: all of docs/http-api.md's fields, or only those that are named, for which no more of it is
   * read than they need.
   *
   * @throws ThumbnailerError, as `thumbnail` does; the signal's reason
   */
  info(
    source: string | URL | Uint8Array,
    options?: Pick<WorkOptions, 'signal' | 'refresh'> & { readonly fields?: readonly InfoField[] },
  ): Promise<Partial<ImageInfo>>;

  /** Forgets everything that was made of the image at a URL. */
  purge(url: string | URL): Promise<void>;
}

/** Every browser of today shows these. */
const MODERN_FORMATS = 'image/avif,image/webp';

/**
 * Makes thumbnails in this process, in the way that the service does: the same limits, cache, formats and bytes. Requests
 * count as signed, since nobody else sends them.
 *
 * @throws ConfigError naming every setting that cannot be used
 */
export async function createThumbnailer({
  settings = {},
  ports = {},
}: ThumbnailerOptions = {}): Promise<Thumbnailer> {
  const config = readConfig({ LOG_LEVEL: 'silent', ...settings });
  const requests = { ...config.requests, signatures: 'implied' } as const;
  const logger = await createLogger(config.logLevel);
  const composition = await composeService({ ...config, requests }, { logger, ports });
  let isDisposed = false;
  const service = () => {
    if (isDisposed)
      throw new Error('This thumbnailer has been disposed of. Make another, or dispose of it later.');
    return composition.service;
  };
  return {
    async thumbnail(from, parameters, { signal = new AbortController().signal, accept, refresh } = {}) {
      const wish = parseWish(textsOf(parameters), accept ?? MODERN_FORMATS, requests);
      const request = { source: sourceOf(from, config.sources), ...wish };
      const caller = { requester: new Requester(), signal };
      const terms = { refresh: refresh === true };
      const { entry, cacheStatus } = await service().thumbnail(request, terms, caller);
      return { ...entry.thumbnail, etag: entry.etag, cacheStatus };
    },
    async info(from, { signal = new AbortController().signal, refresh, fields = INFO_FIELDS } = {}) {
      // Programs without types may give the name of one, or what the query has.
      const wanted = parseInfoFields([fields].flat().join(','));
      const request = { source: sourceOf(from, config.sources), spec: infoSpecFor(wanted) };
      const caller = { requester: new Requester(), signal };
      const { entry } = await service().answer(request, { refresh: refresh === true }, caller);
      if (entry.kind !== 'info') throw new Error('a request for an info was answered with a thumbnail');
      const { info } = entry;
      return Object.fromEntries(wanted.map((field) => [field, info[field]]));
    },
    async purge(url) {
      await service().purge(addressOf(url, config.sources), undefined);
    },
    [Symbol.asyncDispose]() {
      isDisposed = true;
      return composition[Symbol.asyncDispose]();
    },
  };
}
