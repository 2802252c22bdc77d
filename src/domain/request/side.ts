import { InvalidRequestError } from '../errors/index.ts';
import { formatChoices } from '../errors/units.ts';
import { type RequestOption, refuseUnsigned } from './option.ts';

/** Of a request that can be read at all; how large a thumbnail may be is for the operator to say. */
const MAX_PX = 99_999;

/** What the options that are a number of CSS pixels have in common. */
export function side(name: 'size' | 'width' | 'height') {
  return {
    unsigned: ({ openSizes }) => formatChoices(openSizes),
    schema: ({ openSizes }) => ({
      anyOf: [{ enum: openSizes }, { type: 'integer', minimum: 1, maximum: MAX_PX }],
    }),
    example: '128',
    default: undefined,
    parse: (text) => {
      if (/^[1-9]\d*$/.test(text) && Number(text) <= MAX_PX) return Number(text);
      throw new InvalidRequestError(
        name,
        `${name} must be a whole number of pixels from 1 to ${MAX_PX}, such as 128.`,
      );
    },
    refuse: (px, { openSizes }, isSigned) => {
      if (isSigned || openSizes.includes(px)) return undefined;
      return refuseUnsigned(name, px, openSizes);
    },
  } as const satisfies Omit<RequestOption<number | undefined>, 'meaning'>;
}
