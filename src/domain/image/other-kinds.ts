/* eslint-disable no-control-regex -- signatures are bytes of any kind */

/** Something that is no image of an accepted format, as people call it, and what to do about it. */
export interface OtherKind {
  /** With its article. */
  readonly name: string;
  readonly advice: string;
}

type Rule = readonly [pattern: RegExp, name: string, advice: string];

const LINK = 'Use an image. A link must lead to the image itself, not to a page that shows it.';
const SAVE = 'Open it in a program that can read it, and export it in one of these formats.';
const FRAME = 'Use an image, such as a frame of it that you export.';
const EXPORT = 'Export the page that you want to show as an image, and use that.';
const INSIDE = 'Unpack it, and use an image from it.';
const OTHER = 'Use an image.';

/** On the first bytes, in Latin-1: signatures, which come first and say all. None may match one text in several ways. */
const SIGNATURES: readonly Rule[] = [
  [
    /^(\xef\xbb\xbf)?\s*(<!--(?:(?!-->)[^])*-->\s*)*<(!doctype\s+html|html|head|title|meta|script|style|link|body|h[1-6]|div|iframe|table|font|center|br|p|a|b)[\s>/]/i,
    'a web page',
    LINK,
  ],
  [/^[^]{0,64}%PDF-/, 'a PDF document', EXPORT],
  [/^%!PS|^\xc5\xd0\xd3\xc6/, 'a PostScript document', EXPORT],
  [/^[^]{4}ftyp(hei[cxms]|hev[cx]|mif1|msf1)/, 'a HEIC image', SAVE],
  [/^[^]{4}ftypmif3/, 'a HEIC image in the short form of headers', SAVE],
  [/^[^]{4}ftypcrx /, "a camera's raw photo", SAVE],
  [/^[^]{4}ftypM4[AB] /, 'an audio file', OTHER],
  [/^[^]{4}(ftyp|moov|mdat|wide|skip|free)/, 'a video', FRAME],
  [/^\x1a\x45\xdf\xa3|^RIFF[^]{4}AVI |^FLV\x01|^\x00\x00\x01[\xb3\xba]|^G[^]{187}G/, 'a video', FRAME],
  [/^\x30\x26\xb2\x75\x8e\x66\xcf\x11|^OggS/, 'a video or audio file', FRAME],
  [/^#EXTM3U/, 'a playlist', FRAME],
  [/^--[^\r\n]{1,80}\r?\n(content-|x-)/i, "a camera's video stream", FRAME],
  [/^ID3|^fLaC|^RIFF[^]{4}WAVE|^MThd|^\xff[\xf1\xf9\xf2\xf3\xfa\xfb]/, 'an audio file', OTHER],
  [/^\xff\x0a|^\x00\x00\x00\x0cJXL /, 'a JPEG XL image', SAVE],
  [/^\x00\x00\x00\x0cjP {2}|^\xff\x4f\xff\x51/, 'a JPEG 2000 image', SAVE],
  [/^(II\xbc\x01|II\xbc\x00)/, 'a JPEG XR image', SAVE],
  [/^BM[^]{4}\x00{4}/, 'a BMP image', SAVE],
  [/^\x00\x00[\x01\x02]\x00[\x01-\xff]\x00/, 'an ICO image', SAVE],
  [/^II\*\x00|^MM\x00\*|^II\+\x00|^MM\x00\+/, 'a TIFF image', SAVE],
  [/^8BPS/, 'a Photoshop document', SAVE],
  [/^gimp xcf/, 'a GIMP document', SAVE],
  [/^FUJIFILMCCD-RAW|^IIU\x00|^IIRO|^FOVb/, "a camera's raw photo", SAVE],
  [
    /^\x76\x2f\x31\x01|^#\?RADIANCE|^qoif|^DDS |^FLIF|^SIMPLE {2}=|^[^]{128}DICM|^BPG\xfb/,
    'an image of another format',
    SAVE,
  ],
  [/^\xd7\xcd\xc6\x9a|^\x01\x00\x00\x00[^]{36} EMF/, 'a Windows metafile', SAVE],
  [/^P[1-7][\s#]/, 'an image of another format', SAVE],
  [/^PK(\x03\x04|\x05\x06)|^Rar!\x1a|^7z\xbc\xaf|^[^]{257}ustar/, 'an archive', INSIDE],
  [/^\x1f[\x8b\x9d\xa0]|^BZh|^\xfd7zXZ|^\x28\xb5\x2f\xfd/, 'a compressed file', INSIDE],
  [/^wOF[F2]|^OTTO|^\x00\x01\x00\x00\x00/, 'a font', OTHER],
  [/^\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1/, 'an Office document', EXPORT],
];

/** What may turn out to be something else as long as not all of it is known. */
const TEXTS: readonly Rule[] = [
  [/^$/, 'an empty file', 'Check that it opens in a browser.'],
  [/^(\xef\xbb\xbf)?\s*<\?xml/, 'an XML document', LINK],
  [/^(\xef\xbb\xbf)?\s*[{[]\s*["\]}{[\d-]/, 'a JSON document', LINK],
  [/^[^\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]*$/, 'a text file', LINK],
];

/** So many bytes are looked at. */
const HEAD_BYTES = 1024;

/**
 * What a file is by its first bytes, if those say it.
 *
 * @param mayGoOn whether there may be more of it that changes that
 */
export function otherKindOf(
  bytes: Uint8Array,
  { mayGoOn }: { readonly mayGoOn: boolean },
): OtherKind | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, HEAD_BYTES));
  const rules = mayGoOn ? SIGNATURES : [...SIGNATURES, ...TEXTS];
  const [, name, advice] = rules.find(([pattern]) => pattern.test(head)) ?? [];
  return name === undefined || advice === undefined ? undefined : { name, advice };
}
