import { type Translated, UntranslatableError, decoded, side, sourceUrl, withoutSize } from './translated.ts';

/** Reads the arguments of one processing option. */
type Reader = (args: readonly string[]) => Readonly<Record<string, string>>;

const FITS: Readonly<Record<string, string>> = { fit: 'inside', fill: 'cover', 'fill-down': 'cover' };
const POSITIONS: Readonly<Record<string, string>> = {
  ce: 'center',
  no: 'top',
  so: 'bottom',
  we: 'left',
  ea: 'right',
  nowe: 'top-left',
  noea: 'top-right',
  sowe: 'bottom-left',
  soea: 'bottom-right',
  sm: 'attention',
};

const isOn = (text = '') => ['1', 't', 'true'].includes(text);
/** Concerns what this service always does, or how the other one caches. */
const ignored: Reader = () => ({});

const resizingType: Reader = ([type = 'fit']) => {
  const fit = FITS[type];
  if (fit === undefined) throw new UntranslatableError(`there is no resizing type ${type} here`);
  return { fit };
};
const enlarge: Reader = ([flag]) => {
  if (isOn(flag)) throw new UntranslatableError('images are never enlarged here');
  return {};
};
const extend: Reader = ([flag]) => (isOn(flag) ? { fit: 'contain' } : {});
const size: Reader = ([width = '', height = '', ...flags]) => ({
  ...side('width', width || '0'),
  ...side('height', height || '0'),
  ...enlarge(flags),
  ...extend(flags.slice(1)),
});
const resize: Reader = ([type = 'fit', ...rest]) => ({ ...resizingType([type || 'fit']), ...size(rest) });
const gravity: Reader = ([type = '', ...offsets]) => {
  if (type === 'fp') return { position: offsets.join(',') };
  const position = POSITIONS[type];
  if (position === undefined) throw new UntranslatableError(`there is no gravity ${type} here`);
  if (offsets.some((offset) => Number(offset) !== 0))
    throw new UntranslatableError('a gravity has no offset here');
  return { position };
};
const background: Reader = ([first = '', ...others]) => {
  if (others.length === 0) return { background: first };
  return {
    background: [first, ...others].map((part) => Number(part).toString(16).padStart(2, '0')).join(''),
  };
};

/** By name and by short name, as imgproxy's documents have them. */
const OPTIONS: Readonly<Record<string, Reader>> = {
  ...both('resize', 'rs', resize),
  ...both('size', 's', size),
  ...both('resizing_type', 'rt', resizingType),
  ...both('width', 'w', ([width = '0']) => side('width', width)),
  ...both('height', 'h', ([height = '0']) => side('height', height)),
  ...both('gravity', 'g', gravity),
  ...both('enlarge', 'el', enlarge),
  ...both('extend', 'ex', extend),
  ...both('quality', 'q', ([quality = '']) => (Number(quality) === 0 ? {} : { quality })),
  ...both('background', 'bg', background),
  ...both('preset', 'pr', ([preset = '', ...others]) => {
    if (others.length > 0) throw new UntranslatableError('a request has one preset here');
    return { preset };
  }),
  ...both('return_attachment', 'att', ([flag]) => (isOn(flag) ? { download: 'true' } : {})),
  ...both('filename', 'fn', ([name = '', encoded]) => ({
    filename: isOn(encoded) ? fromBase64Url(name) : decoded(name),
  })),
  dpr: ([dpr = '1']) => ({ dpr }),
  ...both('format', 'f', ([format = '']) => ({ format })),
  ext: ([format = '']) => ({ format }),
  ...both('expires', 'exp', ignored),
  ...both('cachebuster', 'cb', ignored),
  ...both('auto_rotate', 'ar', ignored),
  ...both('strip_metadata', 'sm', ignored),
  ...both('strip_color_profile', 'scp', ignored),
};

/** What an address of imgproxy asks for. @throws UntranslatableError */
export function fromImgproxy(path: string): Translated {
  const [, ...parts] = path.replace(/^\/*/, '').split('/');
  const begin = parts.findIndex((part) => part === 'plain' || part === 'enc' || !part.includes(':'));
  if (begin === -1 || parts[begin] === 'enc')
    throw new UntranslatableError('an encrypted source URL cannot be read without its key');
  const source = readSource(parts.slice(begin));
  const read = parts.slice(0, begin).map((part) => {
    const [name = '', ...args] = part.split(':');
    const reader = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
    if (reader === undefined) throw new UntranslatableError(`there is no option ${name} here`);
    return reader(args);
  });
  const options = Object.assign({}, ...read, source) as Translated;
  if (!['width', 'height', 'preset'].some((name) => name in options)) throw withoutSize();
  // There, the middle is kept unless an address says otherwise; here, what draws the eye.
  return options['fit'] === 'cover' ? { position: 'center', ...options } : options;
}

/** `plain/URL@webp`, or the URL as base64url with slashes anywhere, and `.webp`. */
function readSource(parts: readonly string[]): Readonly<Record<string, string>> {
  const isPlain = parts[0] === 'plain';
  const text = isPlain ? parts.slice(1).join('/') : parts.join('');
  const [, source = '', format] = (isPlain ? /^(.*?)(?:@(\w+))?$/ : /^([^.]*)(?:\.(\w+))?$/).exec(text) ?? [];
  const url = sourceUrl(isPlain ? decoded(source) : fromBase64Url(source));
  return { ...(format !== undefined && { format }), url };
}

function fromBase64Url(text: string): string {
  return Buffer.from(text, 'base64url').toString();
}

function both(name: string, short: string, reader: Reader): Record<string, Reader> {
  return { [name]: reader, [short]: reader };
}
