import { CorruptImageError, ImageTooLargeError, ThumbnailerError } from '../../domain/errors/index.ts';
import type { DecodedPixels, PixelDecoder, PixelDecoderOptions } from '../../domain/image/pixel-decoder.ts';
import { type Libheif, loadLibheif } from './libheif.ts';

/** libheif's numbers. */
const RGB = 1;
const INTERLEAVED = 10;
const CHROMA = { rgb: 10, rgba: 11, deepRgb: 14, deepRgba: 15 } as const;
const MEMORY_ERROR = 6;
/** Of a struct of an error: its code, a second one, and the address of a text. */
const ERROR_BYTES = 12;

const MAX_SIDE_PX = 16_383;

/** Decodes HEIC by libheif and libde265 in WebAssembly, on the thread that calls it. Loaded as it is made. */
export class LibheifDecoder implements PixelDecoder {
  #libheif: Libheif = loadLibheif();
  /** The last image, whose pixels may still be read. */
  #last = new DisposableStack();

  // eslint-disable-next-line @typescript-eslint/require-await -- others may wait for something
  async decode(file: Uint8Array, options: PixelDecoderOptions): Promise<DecodedPixels> {
    try {
      this.#last.dispose();
      this.#last = new DisposableStack();
      return decodeFile(this.#libheif, file, options, this.#last);
    } catch (cause) {
      if (cause instanceof ThumbnailerError) throw cause;
      // What trapped has left its memory in no order.
      this.#last = new DisposableStack();
      this.#libheif = loadLibheif();
      throw new CorruptImageError({ cause });
    }
  }
}

function decodeFile(
  libheif: Libheif,
  file: Uint8Array,
  options: PixelDecoderOptions,
  kept: DisposableStack,
): DecodedPixels {
  using held = new DisposableStack();
  const hold = (address: number, release: (address: number) => void) => held.adopt(address, release);
  const allocate = (bytes: number) => hold(libheif._malloc(bytes), (address) => libheif._free(address));
  const [error, result] = [allocate(ERROR_BYTES), allocate(4)];
  const check = () => refuse(wordAt(libheif, error));
  const input = allocate(file.length);
  if (input === 0) throw tooLarge();
  libheif.HEAPU8.set(file, input);

  const context = hold(libheif._heif_context_alloc(), (address) => libheif._heif_context_free(address));
  libheif._heif_context_set_maximum_image_size_limit(context, MAX_SIDE_PX);
  libheif._heif_context_read_from_memory_without_copy(error, context, input, file.length, 0);
  check();
  libheif._heif_context_get_primary_image_handle(error, context, result);
  check();
  const handle = hold(wordAt(libheif, result), (address) => libheif._heif_image_handle_release(address));
  libheif._heif_decode_image(error, handle, result, RGB, chromaOf(options), 0);
  check();
  const image = kept.adopt(wordAt(libheif, result), (address) => libheif._heif_image_release(address));
  return pixelsOf(libheif, image, result, options);
}

function chromaOf({ hasAlpha, isDeep }: PixelDecoderOptions): number {
  if (isDeep) return hasAlpha ? CHROMA.deepRgba : CHROMA.deepRgb;
  return hasAlpha ? CHROMA.rgba : CHROMA.rgb;
}

/** Where they lie in its memory, without what rows are filled up with. */
function pixelsOf(
  libheif: Libheif,
  image: number,
  result: number,
  { maxPixels, hasAlpha, isDeep }: PixelDecoderOptions,
): DecodedPixels {
  const width = libheif._heif_image_get_width(image, INTERLEAVED);
  const height = libheif._heif_image_get_height(image, INTERLEAVED);
  if (width * height > maxPixels) throw tooLarge();
  const channels = hasAlpha ? 4 : 3;
  const plane = libheif._heif_image_get_plane_readonly(image, INTERLEAVED, result);
  const stride = wordAt(libheif, result);
  const rowBytes = width * channels * (isDeep ? 2 : 1);
  const memory = libheif.HEAPU8;
  for (let row = 1; row < height; row += 1) {
    const from = plane + row * stride;
    memory.copyWithin(plane + row * rowBytes, from, from + rowBytes);
  }
  const sides = { width, height, channels } as const;
  if (!isDeep) return { pixels: memory.subarray(plane, plane + rowBytes * height), ...sides };
  const depth = libheif._heif_image_get_bits_per_pixel_range(image, INTERLEAVED);
  const pixels = new Uint16Array(memory.buffer, plane, (rowBytes * height) / 2);
  for (let at = 0; at < pixels.length; at += 1) pixels[at] = (pixels[at] ?? 0) << (16 - depth);
  return { pixels, ...sides };
}

function wordAt({ HEAPU8: { buffer } }: Libheif, address: number): number {
  return new DataView(buffer).getUint32(address, true);
}

function refuse(code: number): void {
  if (code === 0) return;
  if (code === MEMORY_ERROR) throw tooLarge();
  throw new CorruptImageError({ cause: new Error(`libheif says error ${code}`) });
}

function tooLarge(): ImageTooLargeError {
  return new ImageTooLargeError('The image needs more memory than its header says.');
}
