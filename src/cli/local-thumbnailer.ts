import { createReadStream } from 'node:fs';
import { readConfig } from '../config/config.ts';
import type { ImageInfo } from '../domain/image/image-info.ts';
import type { InfoField } from '../domain/request/info-spec.ts';
import { raceSignal } from '../domain/work/race.ts';
import {
  type MadeThumbnail,
  type ThumbnailParameters,
  createThumbnailer,
} from '../library/create-thumbnailer.ts';

/** The pipeline, for images at paths. It throws what the library does, and what the file system says of a file. */
export interface LocalThumbnailer extends AsyncDisposable {
  thumbnail(path: string, parameters: ThumbnailParameters, signal: AbortSignal): Promise<MadeThumbnail>;
  info(path: string, fields: readonly InfoField[]): Promise<Partial<ImageInfo>>;
}

/** @throws ConfigError naming every setting of the environment that cannot be used */
export async function createLocalThumbnailer(environment: NodeJS.ProcessEnv): Promise<LocalThumbnailer> {
  const settings = localSettings(environment);
  const { maxBytes } = readConfig(settings).sources;
  const thumbnailer = await createThumbnailer({ settings });
  // One byte more than a source may have shows the library that there is too much. A device may never end.
  const read = (path: string, signal?: AbortSignal) => readAtMost(maxBytes + 1, path, signal);
  return {
    thumbnail: async (path, parameters, signal) => {
      // A pipe that nobody writes to is not even opened, which no stream breaks off.
      const image = await raceSignal(read(path, signal), signal);
      return thumbnailer.thumbnail(image, parameters, { signal });
    },
    info: async (path, fields) => thumbnailer.info(await read(path), { fields }),
    [Symbol.asyncDispose]: () => thumbnailer[Symbol.asyncDispose](),
  };
}

/**
 * The settings of a pipeline that works on local files: the limits of the environment, and no cache and no server, as each
 * image is asked for once, by the person at this machine.
 */
function localSettings(environment: NodeJS.ProcessEnv): Record<string, string | undefined> {
  return {
    MAX_THUMBNAIL_SIZE: '16383',
    ...environment,
    LOG_LEVEL: 'silent',
    THUMBNAIL_CACHE: 'none',
    KEPT_SOURCES_SIZE: '0B',
    SECRET_SOURCE: 'env',
    SIGNATURES: undefined,
    METRICS_PORT: undefined,
    // A person waits for all of them anyway.
    QUEUE_TIMEOUT: '10m',
  };
}

const CHUNK_BYTES = 1024 ** 2;

async function readAtMost(maxBytes: number, path: string, signal?: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const file = createReadStream(path, { end: maxBytes - 1, highWaterMark: CHUNK_BYTES, signal });
  for await (const chunk of file) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
