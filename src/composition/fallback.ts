import { readFile } from 'node:fs/promises';
import { type Config, ConfigError } from '../config/config.ts';
import { openWholeImage } from '../domain/image/image-file.ts';
import { DEFAULT_OPTIONS } from '../domain/request/options.ts';
import { specFor } from '../domain/request/thumbnail-spec.ts';
import type { Fallback } from '../http/thumbnail/fallback.ts';
import type { ImageResizer } from '../ports/image-resizer.ts';

/** Any will do: it is made to see that the image can be decoded. */
const TRIAL = specFor({ ...DEFAULT_OPTIONS, size: 64 }, 'webp');

/**
 * The operator's own image, read and decoded once: a fault in it is one of the start, not of each request.
 *
 * @throws ConfigError with what is wrong with the file
 */
export async function readFallback(
  { fallback, sources }: Config,
  resizer: ImageResizer,
): Promise<Fallback | undefined> {
  if (fallback === undefined) return undefined;
  const { path, status } = fallback;
  try {
    const image = await readFile(path);
    const { signal } = new AbortController();
    await resizer.resize(openWholeImage(image, { ...sources, refusesDamaged: true }), TRIAL, { signal });
    return { image, status };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError([`FALLBACK_IMAGE: the image ${JSON.stringify(path)} cannot be used: ${reason}`], {
      cause: error,
    });
  }
}
