import { UnsupportedImageError } from '../errors/index.ts';
import { asBuffer } from './bytes.ts';
import { FORMAT_NAMES, type InputFormat, withArticle } from './formats.ts';
import { recogniseFormat } from './image-header.ts';
import { mayBeSvg } from './image-header/svg/svg.ts';
import { PROLOGUE_BYTES } from './image-header/svg/svg-text.ts';
import { otherKindOf } from './other-kinds.ts';

/** Less than this need not be all of a signature. */
const SIGNATURE_BYTES = 16;

/** All formats but SVG show in fewer bytes than this, and no other kind in more. */
const RECOGNISABLE_BYTES = 1024;
/** An SVG may begin with licences and declarations. */
const RECOGNISABLE_SVG_BYTES = PROLOGUE_BYTES;

/**
 * The error that says of a file that it is no image of these formats, and what it is; undefined where it is one, or may
 * still turn out to be one.
 *
 * @param isWhole whether there is no more of it
 */
export function refusalOf(
  file: Uint8Array,
  inputFormats: readonly InputFormat[],
  { isWhole }: { readonly isWhole: boolean },
): UnsupportedImageError | undefined {
  if (!isWhole && file.length < SIGNATURE_BYTES) return undefined;
  const bytes = asBuffer(file);
  const format = recogniseFormat(bytes);
  if (format !== undefined)
    return inputFormats.includes(format) ? undefined : notAccepted(format, inputFormats);
  const mayGoOn = !isWhole && bytes.length < recognisableBytes(bytes, inputFormats);
  const found = otherKindOf(bytes, { mayGoOn });
  if (mayGoOn && (found === undefined || isBrandsCut(bytes))) return undefined;
  return new UnsupportedImageError(inputFormats, { found });
}

/** The same for a file that comes in, looked at now and then until its format is known. */
export class FormatCheck {
  readonly #inputFormats: readonly InputFormat[];
  #lookAgainAt = SIGNATURE_BYTES;

  constructor(inputFormats: readonly InputFormat[]) {
    this.#inputFormats = inputFormats;
  }

  /**
   * @param received all bytes so far
   * @throws UnsupportedImageError
   */
  check(received: Uint8Array): void {
    if (received.length < this.#lookAgainAt) return;
    this.#lookAgainAt =
      received.length < RECOGNISABLE_SVG_BYTES ? Math.max(received.length, 2 * this.#lookAgainAt) : Infinity;
    const refusal = refusalOf(received, this.#inputFormats, { isWhole: false });
    if (refusal !== undefined) throw refusal;
  }
}

function recognisableBytes(bytes: Buffer, inputFormats: readonly InputFormat[]): number {
  return inputFormats.includes('svg') && mayBeSvg(bytes) ? RECOGNISABLE_SVG_BYTES : RECOGNISABLE_BYTES;
}

/** Whether the list of a file's brands, any of which may be that of an accepted format, is not here to its end. */
function isBrandsCut(bytes: Buffer): boolean {
  return bytes.toString('latin1', 4, 8) === 'ftyp' && bytes.length < Math.min(bytes.readUInt32BE(0), 256);
}

function notAccepted(format: InputFormat, inputFormats: readonly InputFormat[]): UnsupportedImageError {
  const name = `${withArticle(FORMAT_NAMES[format])} image`;
  const advice = 'Open it in a program that can read it, and export it in one of these formats.';
  return new UnsupportedImageError(inputFormats, { found: { name, advice } });
}
