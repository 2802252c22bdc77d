import sharp from 'sharp';
import type { InputFormat } from '../../domain/image/formats.ts';

/** libvips' name of each decoder that reads from memory, where it has one. Its variants that open files stay blocked. */
const LOADERS: Readonly<Partial<Record<InputFormat, string>>> = {
  jpeg: 'VipsForeignLoadJpegBuffer',
  png: 'VipsForeignLoadPngBuffer',
  webp: 'VipsForeignLoadWebpBuffer',
  gif: 'VipsForeignLoadNsgifBuffer',
  avif: 'VipsForeignLoadHeifBuffer',
  tiff: 'VipsForeignLoadTiffBuffer',
  svg: 'VipsForeignLoadSvgBuffer',
  // Of the pictures in it.
  ico: 'VipsForeignLoadPngBuffer',
};

/**
 * Settings of libvips, which are the whole process's: what is set last holds for everybody.
 *
 * The decoders are blocked where libvips looks them up, so that no disguise of a file gets it to one that is off.
 */
export function configureLibvips(inputFormats: readonly InputFormat[]): void {
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({
    operation: inputFormats.map((format) => LOADERS[format]).filter((name) => name !== undefined),
  });
  // No image comes twice: the thumbnails are cached elsewhere, and the open files of this cache would be memory held.
  sharp.cache(false);
  // One thread for each image; several images at a time use the processors better (70 % more images a second on two
  // processors than one image at a time on two threads). Explicit, because sharp raises it under MALLOC_ARENA_MAX.
  sharp.concurrency(1);
}
