import type { Area } from '../region.ts';

/** A plain colour: by its name, by its digits, or by numbers in parentheses. */
const COLOUR = /^(?:[a-z]+|#[\da-f]{3,8}|(?:rgb|hsl)a?\([\d\s.,%/]+\))$/i;
/** Words that stand for a colour from elsewhere, which is another one for a fill. */
const FROM_ELSEWHERE = /^(?:inherit|initial|unset|revert)/i;

const GROUND_PROPERTIES = ['background', 'background-color'];

/**
 * The colour that browsers paint under all of a drawing: that of its root's own style, which many programs for diagrams
 * write. Undefined where there is none, or it is more than a colour.
 */
export function groundOfStyle(style = ''): string | undefined {
  return style
    .split(';')
    .map((declaration) => declaration.replace(/!important\s*$/i, '').split(':'))
    .map((parts) => parts.map((part) => part.trim()))
    .filter(([name = '']) => GROUND_PROPERTIES.includes(name.toLowerCase()))
    .map(([, value = '']) => value)
    .filter((value) => COLOUR.test(value) && !FROM_ELSEWHERE.test(value))
    .at(-1);
}

/**
 * A rectangle of that colour, for a decoder that knows no background: at the place of the first child, far enough around the
 * `viewBox` for a canvas whose sides are up to `spare` times longer in proportion. A name that is no colour paints nothing.
 */
export function groundElement(prefix: string, colour: string, box: Area, spare: number): string {
  const { left, top, width, height } = box;
  const place = `x="${left - spare * width}" y="${top - spare * height}"`;
  const sides = `width="${(1 + 2 * spare) * width}" height="${(1 + 2 * spare) * height}"`;
  return `<${prefix}rect ${place} ${sides} fill="none" style="fill:${colour};fill-opacity:1;stroke:none;opacity:1"/>`;
}
