import { type CodedColours, coloursByNumbers } from '../../coded-colours.ts';
import { codedPartOf } from './coded-part.ts';
import { coloursOfProfile } from '../icc-colours.ts';
import type { Item, Items } from '../avif/items.ts';

/**
 * What a `colr` box of the picture, or of the first that it is made from, says of its colours: a profile has precedence over
 * numbers.
 */
export function readHeicColours(primary: Item, items: Items): CodedColours | undefined {
  const said = [primary, codedPartOf(primary, items)].flatMap(({ properties }) =>
    properties.filter(({ type }) => type === 'colr'),
  );
  const kindOf = ({ body }: { readonly body: Buffer }) => body.toString('latin1', 0, 4);
  const profile = said.find((each) => ['prof', 'rICC'].includes(kindOf(each)))?.body;
  if (profile !== undefined) return coloursOfProfile(profile.subarray(4));
  const numbers = said.find((each) => kindOf(each) === 'nclx')?.body;
  return numbers && coloursByNumbers(numbers.readUInt16BE(4), numbers.readUInt16BE(6), 'avif');
}
