import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { bmpOf, icoOf, pictureOf } from './bitmaps.ts';
import { animation, photograph } from './images.ts';
import { type Random, below, pick } from './random.ts';

/** Small images of every kind that a decoder has code of its own for, by name. */
export async function sampleImages(): Promise<ReadonlyMap<string, Buffer>> {
  const plain = photograph({ width: 160, height: 120 });
  const faded = photograph({ width: 160, height: 120, alpha: 'fade' });
  const deep = plain.clone().toColourspace('rgb16');
  const turned = plain.clone().withMetadata({ orientation: 6 }).withIccProfile('p3');
  const samples: [string, Promise<Buffer>][] = [
    ['jpeg', plain.clone().jpeg().toBuffer()],
    ['jpeg-progressive', plain.clone().jpeg({ progressive: true }).toBuffer()],
    ['jpeg-grey', plain.clone().greyscale().jpeg().toBuffer()],
    ['jpeg-cmyk', plain.clone().toColourspace('cmyk').jpeg().toBuffer()],
    ['jpeg-metadata', turned.clone().jpeg({ chromaSubsampling: '4:4:4' }).toBuffer()],
    ['png', faded.clone().png().toBuffer()],
    ['png-interlaced', plain.clone().png({ progressive: true }).toBuffer()],
    ['png-palette', plain.clone().png({ palette: true, colours: 16 }).toBuffer()],
    ['png-16', deep.clone().png().toBuffer()],
    ['png-metadata', turned.clone().png().toBuffer()],
    ['webp', plain.clone().webp().toBuffer()],
    ['webp-lossless', plain.clone().webp({ lossless: true }).toBuffer()],
    ['webp-alpha', faded.clone().webp().toBuffer()],
    ['webp-metadata', turned.clone().webp().toBuffer()],
    ['webp-animation', animation('webp', 60, 40)],
    ['gif', plain.clone().gif().toBuffer()],
    ['gif-animation', animation('gif', 60, 40)],
    ['avif', plain.clone().avif({ effort: 0 }).toBuffer()],
    ['avif-alpha', faded.clone().avif({ effort: 0, chromaSubsampling: '4:4:4' }).toBuffer()],
    ['avif-12', deep.clone().avif({ effort: 0, bitdepth: 12 }).toBuffer()],
    ['avif-metadata', turned.clone().avif({ effort: 0 }).toBuffer()],
    ['bmp', bitmap(plain, 24)],
    ['ico', bitmap(faded, 32)],
    ['heic', readFile(join(import.meta.dirname, 'heic/thumbnail.heic'))],
    ['svg', Promise.resolve(Buffer.from(DRAWING))],
    [
      'tiff',
      sharp(await plain.clone().png().toBuffer())
        .tiff()
        .toBuffer(),
    ],
  ];
  return new Map(await Promise.all(samples.map(async ([name, image]) => [name, await image] as const)));
}

/** As a BMP, or where it has transparency as the picture of an icon. */
async function bitmap(image: Sharp, bits: 24 | 32): Promise<Buffer> {
  const { data: pixels, info } = await image
    .clone()
    .resize(48, 48, { fit: 'fill' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const facts = { width: info.width, height: info.height, bits, pixels };
  if (bits === 24) return bmpOf(facts);
  const mask = Buffer.alloc(info.height * 8);
  return icoOf([pictureOf({ ...facts, height: info.height * 2, pixels: Buffer.concat([pixels, mask]) })]);
}

const DRAWING = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><defs><linearGradient id="g"><stop stop-color="red"/>
<stop offset="1" stop-color="blue"/></linearGradient></defs><g transform="rotate(9)"><path fill="url(#g)" d="M3 3h9v9z"/></g>
<text y="20" font-size="5">text</text></svg>`;

/** The image with one to four things wrong with it; `others` are what parts of other files are taken from. */
export function mutate(image: Buffer, others: readonly Buffer[], random: Random): Buffer {
  let bytes: Buffer = Buffer.from(image);
  const count = 1 + below(random, 4);
  for (let time = 0; time < count && bytes.length > 8; time += 1) {
    bytes = pick(random, DAMAGES)(bytes, others, random);
  }
  return bytes;
}

type Damage = (bytes: Buffer, others: readonly Buffer[], random: Random) => Buffer;

/** Where headers and tables lie; a change there misleads a decoder, one further back only spoils its picture. */
const HEADER_BYTES = 600;

/** Values that lengths, counts and dimensions are compared with. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

const flipBits: Damage = (bytes, _others, random) => {
  const count = 1 + below(random, 16);
  for (let time = 0; time < count; time += 1) {
    const at = somewhere(bytes, random);
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << below(random, 8)), at);
  }
  return bytes;
};

const cutShort: Damage = (bytes, _others, random) => bytes.subarray(0, 8 + below(random, bytes.length - 8));

const writeEdge: Damage = (bytes, _others, random) => {
  const width = pick(random, [1, 2, 4]);
  const at = Math.min(somewhere(bytes, random), bytes.length - width);
  const value = pick(random, EDGES) % 2 ** (8 * width);
  if (random() < 0.5) bytes.writeUIntBE(value, at, width);
  else bytes.writeUIntLE(value, at, width);
  return bytes;
};

const fillRun: Damage = (bytes, _others, random) => {
  const at = somewhere(bytes, random);
  bytes.subarray(at, at + 1 + below(random, 64)).fill(pick(random, [0, 0xff, below(random, 256)]));
  return bytes;
};

const takeOut: Damage = (bytes, _others, random) => {
  const at = somewhere(bytes, random);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(random, 64))]);
};

const repeatPart: Damage = (bytes, _others, random) => {
  const at = somewhere(bytes, random);
  const end = Math.min(bytes.length, at + 1 + below(random, 2000));
  const times = 1 + below(random, 8);
  const copies = Array.from({ length: times }, () => bytes.subarray(at, end));
  return Buffer.concat([bytes.subarray(0, end), ...copies, bytes.subarray(end)]);
};

/** A chunk of PNG or RIFF, a segment of JPEG or a box of AVIF is found by its name, and comes twice. */
const repeatNamedPart: Damage = (bytes, others, random) => {
  const names = [...bytes.toString('latin1', 0, HEADER_BYTES * 4).matchAll(/[A-Za-z]{4}/g)];
  if (names.length === 0) return repeatPart(bytes, others, random);
  const at = Math.max(0, pick(random, names).index - 4);
  const lengths = [bytes.readUInt32BE(at) + 12, 8 + below(random, 400)];
  const end = Math.min(bytes.length, at + pick(random, lengths));
  return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at, end), bytes.subarray(end)]);
};

const splice: Damage = (bytes, others, random) => {
  const other = pick(random, others);
  const at = somewhere(bytes, random);
  return Buffer.concat([bytes.subarray(0, at), other.subarray(below(random, other.length))]);
};

const DAMAGES: readonly Damage[] = [
  flipBits,
  flipBits,
  writeEdge,
  writeEdge,
  writeEdge,
  cutShort,
  fillRun,
  takeOut,
  repeatPart,
  repeatNamedPart,
  splice,
];

function somewhere(bytes: Buffer, random: Random): number {
  return below(random, random() < 0.6 ? Math.min(bytes.length, HEADER_BYTES) : bytes.length);
}
