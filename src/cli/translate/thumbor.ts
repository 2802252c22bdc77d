import { type Translated, UntranslatableError, side, sourceUrl, withoutSize } from './translated.ts';

const HORIZONTAL = ['left', 'center', 'right'];
const VERTICAL = ['top', 'middle', 'bottom'];

/** Filters that concern what this service always does. */
const IGNORED = ['strip_exif', 'strip_icc', 'no_upscale', 'autojpg'];

/** What an address of thumbor, or of imagor, asks for. @throws UntranslatableError */
export function fromThumbor(path: string): Translated {
  // The key's part, or `unsafe`.
  const [, ...parts] = path.replace(/^\/*/, '').split('/');
  const next = (test: (part: string) => boolean) =>
    parts[0] !== undefined && test(parts[0]) ? parts.shift() : undefined;

  const strange = next((part) => /^(meta|params|debug|trim(:.*)?|\d+x\d+:\d+x\d+)$/.test(part));
  if (strange !== undefined) throw new UntranslatableError(`there is no ${strange} here`);
  const fitIn = next((part) => /^((adaptive|full)-)*fit-in$/.test(part));
  if (fitIn !== undefined && fitIn !== 'fit-in') throw new UntranslatableError(`there is no ${fitIn} here`);
  const box = next((part) => /^-?(\d+|orig)?x-?(\d+|orig)?$/.test(part));
  const horizontal = next((part) => HORIZONTAL.includes(part));
  const vertical = next((part) => VERTICAL.includes(part));
  const isSmart = next((part) => part === 'smart') !== undefined;
  let filters = next((part) => part.startsWith('filters:')) ?? '';
  // What a filter is given may be the URL of another image.
  while (parts.length > 0 && filters.lastIndexOf('(') > filters.lastIndexOf(')'))
    filters += `/${parts.shift()}`;
  const sides = sidesOf(box);
  const isCropped = fitIn === undefined && 'width' in sides && 'height' in sides;
  return {
    ...sides,
    ...(isCropped && { fit: 'cover', position: isSmart ? 'attention' : positionOf(horizontal, vertical) }),
    ...filtersOf(filters),
    url: sourceUrl(parts.join('/')),
  };
}

function sidesOf(box: string | undefined): Readonly<Record<string, string>> {
  if (box === undefined) throw withoutSize();
  if (/-|orig/.test(box)) throw new UntranslatableError(`there is no size ${box} here`);
  const [width = '', height = ''] = box.split('x');
  const sides = { ...side('width', width || '0'), ...side('height', height || '0') };
  if (Object.keys(sides).length > 0) return sides;
  throw withoutSize();
}

/** `top-left`, `top`, `left` or `center`. */
function positionOf(horizontal = 'center', vertical = 'middle'): string {
  const named = [vertical, horizontal].filter((part) => !['center', 'middle'].includes(part));
  return named.length === 0 ? 'center' : named.join('-');
}

function filtersOf(text: string): Readonly<Record<string, string>> {
  const parameters: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.replace(/^filters:/, '').matchAll(/([a-z_]+)\(([^)]*)\)/g)) {
    if (name === 'quality') parameters['quality'] = value;
    else if (name === 'format') parameters['format'] = value;
    else if (name === 'fill' && /^[0-9a-f]{6}$/i.test(value))
      Object.assign(parameters, { fit: 'contain', background: value });
    else if (!IGNORED.includes(name))
      throw new UntranslatableError(`there is no filter ${name}(${value}) here`);
  }
  return parameters;
}
