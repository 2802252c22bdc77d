/** A web page may have a drawing in it, and is none. */
const PAGE = /^\s*(<!--[^]*?-->\s*)*<(!doctype\s+html|html)[\s>]/i;

/** Text with an `svg` element within 1000 bytes, the decoder's own reach. Compressed SVG is not taken. */
export function isSvg(bytes: Buffer): boolean {
  const text = bytes.toString('utf8', 0, 1000).replace(/^\uFEFF/, '');
  return /^\s*</.test(text) && !PAGE.test(text) && /<([\w-]+:)?svg[\s/>]/i.test(text);
}
