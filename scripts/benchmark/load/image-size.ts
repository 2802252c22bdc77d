import type { ExpectedImage } from './plan.ts';

/** Format and dimensions as the first bytes of a JPEG or WebP say them; undefined where it is neither. */
export function sniffImage(image: Buffer): ExpectedImage | undefined {
  if (
    image.length > 30 &&
    image.toString('latin1', 0, 4) === 'RIFF' &&
    image.toString('latin1', 8, 12) === 'WEBP'
  ) {
    return sniffWebp(image);
  }
  return image.length > 4 && image.readUInt16BE(0) === 0xffd8 ? sniffJpeg(image) : undefined;
}

function sniffWebp(image: Buffer): ExpectedImage | undefined {
  const format = 'webp';
  switch (image.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { format, width: image.readUInt16LE(26) & 0x3fff, height: image.readUInt16LE(28) & 0x3fff };
    case 'VP8L': {
      const bits = image.readUInt32LE(21);
      return { format, width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return { format, width: image.readUIntLE(24, 3) + 1, height: image.readUIntLE(27, 3) + 1 };
    default:
      return undefined;
  }
}

function sniffJpeg(image: Buffer): ExpectedImage | undefined {
  for (let at = 2; at + 9 < image.length; at += 2 + image.readUInt16BE(at + 2)) {
    const marker = image.readUInt16BE(at);
    // SOF0 to SOF2: baseline, extended and progressive.
    if (marker >= 0xffc0 && marker <= 0xffc2) {
      return { format: 'jpeg', height: image.readUInt16BE(at + 5), width: image.readUInt16BE(at + 7) };
    }
  }
  return undefined;
}
