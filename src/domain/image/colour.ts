import { InvalidRequestError, type RequestField } from '../errors/index.ts';
import type { OutputChoice } from './formats.ts';

/** `rrggbb` or `rrggbbaa`, hexadecimal, in lower case. */
export type HexColour = string;

/** Red, green, blue and opacity, 0 to 255 each. */
export type Rgba = readonly [red: number, green: number, blue: number, alpha: number];

export const WHITE: HexColour = 'ffffff';
const OPAQUE = 255;

/** @throws InvalidRequestError naming the parameter */
export function parseColour(name: RequestField, text: string): HexColour {
  if (/^(?:[\da-f]{6}|[\da-f]{8})$/i.test(text)) return text.toLowerCase();
  throw new InvalidRequestError(name, `${name} must be rrggbb or rrggbbaa in hexadecimal, such as ff8800.`);
}

function rgbaOf(colour: HexColour): Rgba {
  const [red = 0, green = 0, blue = 0, alpha = OPAQUE] = Buffer.from(colour, 'hex');
  return [red, green, blue, alpha];
}

/** The opaque colour that it looks like on white. */
export function onWhite(colour: HexColour): HexColour {
  const [red, green, blue, alpha] = rgbaOf(colour);
  const blend = (value: number) => Math.round((value * alpha + 255 * (OPAQUE - alpha)) / OPAQUE);
  return Buffer.from([red, green, blue].map(blend)).toString('hex');
}

/** The one spelling of what looks the same: without an opacity of all, and undefined for what cannot be seen. */
export function visibleColour(colour: HexColour): HexColour | undefined {
  if (colour.endsWith('00') && colour.length === 8) return undefined;
  return colour.length === 8 && colour.endsWith('ff') ? colour.slice(0, 6) : colour;
}

const NOTHING: Rgba = [0, 0, 0, 0];

/** What is under and around an image in a thumbnail, where `background` is that of its spec. */
export function groundOf(format: OutputChoice, background: HexColour | undefined): Rgba {
  if (background !== undefined) return rgbaOf(background);
  return format === 'jpeg' ? rgbaOf(WHITE) : NOTHING;
}
