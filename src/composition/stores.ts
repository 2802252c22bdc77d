import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { DeferredImageFetcher } from '../adapters/decorators/fetch-deferred/index.ts';
import { SchemeImageFetcher } from '../adapters/decorators/fetch-by-scheme/index.ts';
import type { EcsTask } from '../adapters/ecs-metadata/index.ts';
import { type Config, ConfigError } from '../config/config.ts';
import type { ImageFetcher } from '../ports/image-fetcher.ts';
import { readsFromS3, s3Settings } from './s3-settings.ts';
import type { WarmUp } from './warm-up.ts';

/** The fetcher of all schemes that the configuration names, of which the web's is one. */
export async function withStores(
  web: ImageFetcher,
  config: Config,
  task: EcsTask | undefined,
  warmUp: WarmUp,
): Promise<ImageFetcher> {
  const { base = '' } = config.sources;
  const stores = {
    ...(base.startsWith('file:') && { 'file:': await folderFetcher(base) }),
    ...(readsFromS3(config.sources) && { 's3:': s3Fetcher(config, task, warmUp) }),
  };
  if (Object.keys(stores).length === 0) return web;
  return new SchemeImageFetcher({ 'http:': web, 'https:': web, ...stores });
}

async function folderFetcher(base: string): Promise<ImageFetcher> {
  const { FolderImageFetcher } = await import('../adapters/fetch-folder/index.ts');
  const folder = fileURLToPath(base);
  // Looked at once, so that a slip ends the start and not each request.
  try {
    // Of a folder whose files may be opened, although perhaps not listed.
    await stat(`${folder}/.`);
  } catch (cause) {
    throw new ConfigError([`SOURCE_BASE: ${faultOf(folder, (cause as NodeJS.ErrnoException).code)}`], {
      cause,
    });
  }
  return new FolderImageFetcher({ folder });
}

function faultOf(folder: string, code: string | undefined): string {
  if (code !== 'EACCES') return `there is no folder ${folder}`;
  return `the folder ${folder} may not be read by the user ${process.getuid?.()}, as which the service runs`;
}

function s3Fetcher(config: Config, task: EcsTask | undefined, warmUp: WarmUp): ImageFetcher {
  const settings = s3Settings(config, task);
  const fetcher = new DeferredImageFetcher({
    load: async () => {
      const { S3ImageFetcher } = await import('../adapters/fetch-s3/index.ts');
      return new S3ImageFetcher(settings);
    },
  });
  warmUp.add(() => fetcher.warmUp());
  return fetcher;
}
