import sharp from 'sharp';

/** @import { ImageFile, ImageResizer, ResizeOptions, ResizerContext, Thumbnail, ThumbnailSpec } from 'thumbnailer/adapter-kit' */

/**
 * The adapter's way in: the service calls it once, at the start.
 *
 * @param {ResizerContext} context
 */
export default function openPlainResizer(context) {
  return new PlainResizer(context);
}

/**
 * Decodes each image in full and keeps nothing of it: a beginning for a resizer that adds a watermark, encodes in another
 * way, or hands the work to another machine.
 *
 * It has `resize` alone. So the service estimates the memory of a decode from the image's pixels, reads every source to its
 * end, and keeps small files between two thumbnails instead of pixels.
 *
 * @implements {ImageResizer}
 */
export class PlainResizer {
  /** @type {ResizerContext} */ #context;

  /** @param {ResizerContext} context */
  constructor(context) {
    this.#context = context;
  }

  /**
   * @param {ImageFile} image never an intermediate one, as nothing here makes any
   * @param {ThumbnailSpec} spec
   * @param {ResizeOptions} options
   * @returns {Promise<Thumbnail>}
   */
  async resize(image, spec, { signal }) {
    signal.throwIfAborted();
    try {
      return await this.#make(image, spec);
    } catch (error) {
      signal.throwIfAborted();
      throw this.#translated(error);
    }
  }

  /**
   * @param {ImageFile} image
   * @param {ThumbnailSpec} spec
   */
  async #make(image, spec) {
    const { bytes, format, header, wholeBytes } = image;
    const frames = this.#context.kit.framesFor(image, spec);
    const decoder = sharp(bytes, {
      failOn: 'error',
      // The header may lie: no more pixels are decoded than memory was set aside for.
      limitInputPixels: header ? header.width * header.height * frames : this.#context.limits.maxPixels,
      animated: frames > 1,
      autoOrient: true,
    });
    const { autoOrient, pageHeight } = await decoder.metadata();
    const { width, height } = { ...autoOrient, ...(pageHeight !== undefined && { height: pageHeight }) };
    const original = { format, width, height, bytes: wholeBytes };
    if (spec.animation !== undefined && frames > 1) return this.#animation(decoder, original, spec);
    const { data, info } = await this.#arranged(decoder, { width, height }, spec)
      .raw()
      .toBuffer({ resolveWithObject: true });
    const thumbnails = await Promise.all(
      (await formatsFor(spec, data, info)).map(async (output) => {
        const pixels = sharp(data, { raw: info });
        const opaque = output === 'jpeg' ? pixels.flatten({ background: this.#ground(spec) }) : pixels;
        const encoded = await encode(opaque, output, spec);
        return { bytes: encoded, format: output, width: info.width, height: info.height, original };
      }),
    );
    return thumbnails.reduce((best, next) => (next.bytes.length < best.bytes.length ? next : best));
  }

  /**
   * sharp keeps the time of each frame. It cannot look in several of them for what draws the eye.
   *
   * @param {import('sharp').Sharp} decoder
   * @param {Thumbnail['original']} original
   * @param {ThumbnailSpec} spec
   * @returns {Promise<Thumbnail>}
   */
  async #animation(decoder, original, spec) {
    const { animation = 'webp', position } = spec;
    const place = typeof position === 'string' ? { x: 0.5, y: 0.5 } : position;
    const arranged = this.#arranged(decoder, original, { ...spec, position: place });
    const bytes = await encode(arranged, animation, spec);
    return { bytes, format: animation, ...this.#context.kit.thumbnailSides(original, spec), original };
  }

  /**
   * Cuts, scales and pads the image, as the kit works out for any resizer.
   *
   * @param {import('sharp').Sharp} decoder
   * @param {{ width: number, height: number }} original
   * @param {ThumbnailSpec} spec
   */
  #arranged(decoder, original, spec) {
    const { area, scaled, window, canvas } = this.#context.kit.layoutFor(original, spec);
    const image = area === undefined ? decoder : decoder.extract(area);
    if (typeof window?.at === 'string') {
      const { width, height, at } = window;
      return image.resize({ width, height, fit: 'cover', position: sharp.strategy[at] });
    }
    const whole = image.resize({ ...scaled, fit: 'fill' });
    if (window !== undefined) return whole.extract({ ...window, ...window.at });
    if (canvas === undefined) return whole;
    const { width, height, left, top } = canvas;
    const [right, bottom] = [width - left - scaled.width, height - top - scaled.height];
    return whole.extend({ left, top, right, bottom, background: this.#ground(spec) });
  }

  /**
   * What is around an image, and under it in a JPEG.
   *
   * @param {ThumbnailSpec} spec
   */
  #ground({ format, background }) {
    const [r, g, b, alpha] = this.#context.kit.groundOf(format, background);
    return { r, g, b, alpha: alpha / 255 };
  }

  /** The port's errors say what is wrong with the image; what sharp says goes to the log. @param {unknown} cause */
  #translated(cause) {
    const { CorruptImageError, ImageTooLargeError, UnsupportedImageError } = this.#context.kit;
    const message = cause instanceof Error ? cause.message : '';
    if (message.includes('unsupported image format')) {
      return new UnsupportedImageError(this.#context.limits.inputFormats, { cause });
    }
    if (message.includes('pixel limit')) {
      return new ImageTooLargeError('The image has more pixels than its header says.', { cause });
    }
    return new CorruptImageError({ cause });
  }
}

/**
 * A client that takes several formats alike is sent the smallest. JPEG is no choice for what is transparent.
 *
 * @param {ThumbnailSpec} spec
 * @param {Buffer} pixels
 * @param {import('sharp').OutputInfo} info
 * @returns {Promise<Thumbnail['format'][]>}
 */
async function formatsFor({ format }, pixels, info) {
  switch (format) {
    case 'avif-or-webp':
      return ['avif', 'webp'];
    case 'jpeg-or-png':
      return (await isOpaque(pixels, info)) ? ['jpeg', 'png'] : ['png'];
    // The other one is for pixels that are transparent, and for those alone.
    case 'jpeg-or-webp':
      return (await isOpaque(pixels, info)) ? ['jpeg'] : ['webp'];
    case 'jpeg-or-avif':
      return (await isOpaque(pixels, info)) ? ['jpeg'] : ['avif'];
    default:
      return [format];
  }
}

/**
 * @param {Buffer} pixels
 * @param {import('sharp').OutputInfo} info
 */
async function isOpaque(pixels, info) {
  return (await sharp(pixels, { raw: info }).stats()).isOpaque;
}

/**
 * @param {import('sharp').Sharp} pixels
 * @param {Thumbnail['format']} format
 * @param {ThumbnailSpec} spec
 */
function encode(pixels, format, { quality }) {
  // With a quality, sharp would make a PNG with a palette.
  const isLossy = format !== 'png' && format !== 'gif';
  return pixels.toFormat(format, isLossy ? { quality } : {}).toBuffer();
}
