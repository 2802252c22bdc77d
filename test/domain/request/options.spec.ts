import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { cacheKeyOf } from '../../../src/domain/cache/cache-key.ts';
import {
  InvalidRequestError,
  SignatureRequiredError,
  ThumbnailerError,
} from '../../../src/domain/errors/index.ts';
import { FITS, OUTPUT_FORMATS, type OutputChoice } from '../../../src/domain/image/formats.ts';
import { POSITIONS } from '../../../src/domain/image/position.ts';
import type { OptionLimits } from '../../../src/domain/request/option.ts';
import { OPTIONS, OPTION_NAMES, type OptionName } from '../../../src/domain/request/options.ts';
import { type OptionTexts, checkOptions, parseOptions } from '../../../src/domain/request/request-options.ts';
import { type ThumbnailSpec, canonicalSpec, specFor } from '../../../src/domain/request/thumbnail-spec.ts';
import { DEFAULT_LIMITS, specOf } from '../../../scripts/kit/spec.ts';

const LIMITS: OptionLimits = { ...DEFAULT_LIMITS, presets: new Map([['empty', {}]]) };
const CHOICES: readonly OutputChoice[] = [
  ...OUTPUT_FORMATS,
  'avif-or-webp',
  'jpeg-or-png',
  'jpeg-or-webp',
  'jpeg-or-avif',
];

const pixels = fc.integer({ min: 1, max: 99_999 }).map(String);

const colours = fc
  .tuple(fc.integer({ min: 0, max: 0xffffff }), fc.constantFrom('', '00', '80', 'ff'))
  .map(([rgb, alpha]) => rgb.toString(16).padStart(6, '0') + alpha);

const fractions = fc.integer({ min: 0, max: 8 }).map((eighths) => eighths / 8);

/** Texts that each option takes; the type asks for those of an option that is new. */
const TEXTS: Readonly<Record<OptionName, fc.Arbitrary<string>>> = {
  size: pixels,
  width: pixels,
  height: pixels,
  dpr: fc.constantFrom('1', '1.5', '2', '2.5', '3', '3.5', '4'),
  format: fc.constantFrom('auto', 'jpg', ...OUTPUT_FORMATS),
  quality: fc.integer({ min: 1, max: 100 }).map(String),
  fit: fc.constantFrom(...FITS),
  position: fc.oneof(fc.constantFrom(...POSITIONS), fc.tuple(fractions, fractions).map(String)),
  background: colours,
  crop: fc
    .tuple(fractions, fractions, fractions, fractions)
    .filter(([x, y, width, height]) => width > 0 && height > 0 && x + width <= 1 && y + height <= 1)
    .map(String),
  animated: fc.constantFrom('true', 'false'),
  preset: fc.constant('empty'),
};

/** Other spellings of a text. */
const ALIASES: Partial<Record<string, string>> = {
  'format jpeg': 'jpg',
  'format jpg': 'jpeg',
  'dpr 1': '1.0',
  'dpr 2': '2.0',
};

/** Options that go together: a size, a width, a height, or both of these; animations in their formats. */
const texts = fc
  .tuple(
    fc.record(TEXTS),
    fc.constantFrom<readonly string[]>(['size'], ['width'], ['height'], ['width', 'height']),
  )
  .map(([given, sides]): OptionTexts => {
    const left = ['size', 'width', 'height'].filter((name) => !sides.includes(name));
    const isOfAnimations = given.format === 'auto' || given.format === 'webp' || given.format === 'gif';
    if (!isOfAnimations) left.push('animated');
    if (given.format === 'gif' && given.animated !== 'true') left.push('format');
    return Object.fromEntries(Object.entries(given).filter(([name]) => !left.includes(name)));
  });
const choice = fc.constantFrom(...CHOICES);
const specs = fc
  .tuple(texts, choice)
  .map(([given, format]): ThumbnailSpec => specFor(parseOptions(given, LIMITS), format));
const FIELDS = Object.keys(specOf({ size: 1, format: 'png' })) as (keyof ThumbnailSpec)[];

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
const keyOf = (spec: ThumbnailSpec) => cacheKeyOf('http://images.example/a.jpg', spec);

describe('the table of options', () => {
  for (const name of OPTION_NAMES) {
    it(`has all that there is to know of ${name}`, () => {
      const option = OPTIONS[name];
      expect(option.meaning).to.match(/\.$/);
      expect(option.schema(LIMITS)).to.satisfy((schema: object) => Object.keys(schema).length > 0);
      expect(option.parse(option.example)).to.not.equal(undefined);
    });

    it(`has a parser of ${name} that refuses whatever else, naming it`, () => {
      for (const text of [
        ' ',
        'none',
        `${OPTIONS[name].example} `,
        '-1',
        '1e2',
        'constructor',
        '__proto__',
      ]) {
        expect(() => parseOptions({ size: '64', [name]: text }, LIMITS), text)
          .to.throw(InvalidRequestError)
          .with.property('field', name);
      }
    });
  }
});

describe('parseOptions', () => {
  it('has defaults for what is not given', () => {
    const given = { dpr: 1, format: 'auto', fit: 'inside', animated: false };
    const none = Object.fromEntries(OPTION_NAMES.map((name) => [name, undefined]));
    expect(parseOptions({ size: '64' }, LIMITS)).to.deep.equal({ ...none, ...given, size: 64 });
    expect(parseOptions({ width: '64' }, LIMITS)).to.deep.equal({ ...none, ...given, width: 64 });
  });

  it('asks for a size where no side of the box is given', () => {
    expect(() => parseOptions({}, LIMITS)).to.throw('Choose a size: 64, 128 or 256.');
  });

  it('takes a size or the sides that it stands for, never both', () => {
    for (const sides of [{ width: '64' }, { height: '64' }, { width: '64', height: '64' }]) {
      expect(() => parseOptions({ size: '64', ...sides }, LIMITS))
        .to.throw(InvalidRequestError)
        .with.property('field', 'size');
    }
  });
});

describe('specFor', () => {
  const specOfTexts = (given: OptionTexts) => specFor(parseOptions(given, LIMITS), 'webp');

  it('has the box in device pixels', () => {
    expect(specOfTexts({ size: '128' })).to.include({ width: 128, height: 128 });
    expect(specOfTexts({ width: '64', dpr: '2' })).to.include({ width: 128, height: undefined });
    expect(specOfTexts({ height: '33', dpr: '1.5' })).to.include({ width: undefined, height: 50 });
  });

  it('is one for all requests that say the same', () => {
    const same: OptionTexts[][] = [
      [
        { size: '128' },
        { width: '128', height: '128' },
        { size: '64', dpr: '2' },
        { size: '128', dpr: '1.0' },
      ],
      [{ width: '128' }, { width: '64', dpr: '2' }, { width: '128', fit: 'cover', position: 'top' }],
      [{ size: '64' }, { size: '64', position: 'left' }],
      [
        { size: '64', fit: 'cover' },
        { size: '64', fit: 'cover', position: 'attention' },
      ],
      [{ height: '192' }, { height: '64', dpr: '3' }, { height: '128', dpr: '1.5', fit: 'inside' }],
    ];
    const keys = same.map((group) => new Set(group.map((given) => keyOf(specOfTexts(given)))));
    for (const group of keys) expect(group.size).to.equal(1);
    expect(new Set(keys.flatMap((group) => [...group])).size).to.equal(same.length);
  });
});

describe('specFor, of contain and background', () => {
  const specWith = (format: OutputChoice, given: OptionTexts) =>
    specFor(parseOptions({ size: '64', ...given }, LIMITS), format);

  it('puts the image in the center, where no place is named', () => {
    const [center, ...same] = [undefined, 'center', 'attention', 'entropy'].map((position) =>
      specWith('png', { fit: 'contain', ...(position !== undefined && { position }) }),
    );
    for (const each of same) expect(each).to.deep.equal(center);
    expect(specWith('png', { fit: 'contain', position: 'top' })).to.not.deep.equal(center);
  });

  it('has no background where none of it is seen', () => {
    for (const fit of ['inside', 'cover']) {
      for (const format of ['png', 'webp', 'avif', 'avif-or-webp', 'jpeg-or-png'] as const)
        expect(specWith(format, { fit, background: 'ff0000' }).background).to.equal(undefined);
      expect(specWith('jpeg', { fit, background: 'ff0000' }).background).to.equal('ff0000');
    }
    expect(specWith('png', { fit: 'contain', background: 'ff000000' }).background).to.equal(undefined);
  });

  it('has one of all that look the same', () => {
    const backgroundOf = (background: string, format: OutputChoice = 'png') =>
      specWith(format, { fit: 'contain', background }).background;
    expect(backgroundOf('FF8800FF')).to.equal('ff8800');
    expect(backgroundOf('FF880080')).to.equal('ff880080');
    expect(backgroundOf('ffffff', 'jpeg')).to.equal(undefined);
    expect(backgroundOf('12345600', 'jpeg')).to.equal(undefined);
    expect(backgroundOf('00000080', 'jpeg')).to.equal('7f7f7f');
  });

  it('is inside the box where one side of it is free', () => {
    const options = parseOptions({ width: '64', fit: 'contain', background: 'ff0000' }, LIMITS);
    expect(specFor(options, 'png')).to.deep.equal(specOf({ width: 64, format: 'png' }));
  });
});

describe('specFor, of focal points and crops', () => {
  const specWith = (given: OptionTexts) =>
    specFor(parseOptions({ size: '64', fit: 'cover', ...given }, LIMITS), 'png');

  it('has a name and the point that it stands for as one', () => {
    expect(specWith({ position: '0.5,0.5' })).to.deep.equal(specWith({ position: 'center' }));
    expect(specWith({ position: '1,.0' })).to.deep.equal(specWith({ position: 'top-right' }));
    expect(specWith({ position: '0.50,0.250' })).to.deep.equal(specWith({ position: '.5,.25' }));
  });

  it('has a crop of everything as none', () => {
    expect(specWith({ crop: '0,0,1,1' })).to.deep.equal(specWith({}));
    expect(specWith({ crop: '0,0,1.0,1' })).to.deep.equal(specWith({}));
  });

  it('has a focal point of the original as one of what is cut out of it', () => {
    const positionWith = (position: string) => specWith({ crop: '0.5,0.2,0.4,0.4', position }).position;
    expect(positionWith('0.6,0.5')).to.deep.equal({ x: 0.25, y: 0.75 });
    expect(positionWith('0.1,0.9'), 'the nearest').to.deep.equal({ x: 0, y: 1 });
    expect(positionWith('left'), 'of what is cut out').to.deep.equal({ x: 0, y: 0.5 });
  });

  it('refuses crops that reach beyond the image, or are none', () => {
    for (const crop of [
      '0,0,1',
      '0.5,0,0.6,1',
      '0,0,0,1',
      '-0.1,0,1,1',
      '0,0,1.1,1',
      'a,b,c,d',
      '0,0,1e-1,1',
      '1,0,1,1',
    ])
      expect(() => specWith({ crop }), crop)
        .to.throw(InvalidRequestError)
        .with.property('field', 'crop');
    for (const crop of ['0.7,0.1,0.3,0.9', '0.1,0.2,0.9,0.8', '0,0,.5,.5'])
      expect(() => specWith({ crop }), crop).to.not.throw();
    for (const position of ['0.5', '0.5,1.5', '0.5,0.5,0.5', '.,.'])
      expect(() => specWith({ position }), position).to.throw(InvalidRequestError);
  });
});

describe('specFor, of animations', () => {
  const specWith = (given: OptionTexts, format: OutputChoice, negotiated?: 'webp' | 'gif') =>
    specFor(parseOptions({ size: '64', ...given }, LIMITS), format, negotiated);

  it('says in which format an animation stays one, beside that of anything else', () => {
    const animated = { animated: 'true' };
    expect(specWith(animated, 'avif-or-webp', 'webp')).to.include({
      format: 'avif-or-webp',
      animation: 'webp',
    });
    expect(specWith(animated, 'jpeg-or-png', 'gif')).to.include({ format: 'jpeg-or-png', animation: 'gif' });
    expect(specWith({ ...animated, format: 'gif' }, 'gif', 'webp').animation).to.equal('gif');
    expect(specWith({ ...animated, format: 'webp' }, 'webp', 'gif').animation).to.equal('webp');
    expect(specWith({}, 'webp', 'webp').animation).to.equal(undefined);
    expect(specWith({ animated: 'false' }, 'webp')).to.deep.equal(specWith({}, 'webp'));
  });

  it('keeps a quality that is not that of the format of animations', () => {
    expect(specWith({ animated: 'true', quality: '60' }, 'avif', 'webp').quality).to.equal(60);
    expect(specWith({ animated: 'true', quality: '60' }, 'avif', 'gif').quality).to.equal(undefined);
  });

  it('refuses formats that are none of animations, and GIF for anything else', () => {
    for (const format of ['avif', 'jpeg', 'jpg', 'png'])
      expect(() => parseOptions({ size: '64', format, animated: 'true' }, LIMITS))
        .to.throw(InvalidRequestError)
        .with.property('field', 'animated');
    for (const given of [{ format: 'gif' }, { format: 'gif', animated: 'false' }])
      expect(() => parseOptions({ size: '64', ...given }, LIMITS))
        .to.throw(InvalidRequestError)
        .with.property('field', 'format');
  });
});

describe('specFor, of quality', () => {
  const qualityOf = (quality: string, format: OutputChoice) =>
    specFor(parseOptions({ size: '64', quality }, LIMITS), format).quality;

  it('has one that a format has by itself, or has not at all, as none', () => {
    for (const [format, own] of [
      ['avif', '60'],
      ['webp', '80'],
      ['jpeg', '80'],
      ['jpeg-or-png', '80'],
    ] as const) {
      expect(qualityOf(own, format), format).to.equal(undefined);
      expect(qualityOf('70', format), format).to.equal(70);
    }
    for (const quality of ['1', '60', '80', '100']) expect(qualityOf(quality, 'png')).to.equal(undefined);
  });

  it('keeps one that only one of two formats has by itself', () => {
    expect([qualityOf('60', 'avif-or-webp'), qualityOf('80', 'avif-or-webp')]).to.deep.equal([60, 80]);
  });
});

describe('the key of a spec', () => {
  it('differs where any field does', () => {
    fc.assert(
      fc.property(specs, specs, fc.constantFrom(...FIELDS), (one, other, name) => {
        fc.pre(!isSame(one[name], other[name]));
        const changed = { ...one, [name]: other[name] };
        expect(canonicalSpec(changed)).to.not.equal(canonicalSpec(one));
        expect(keyOf(changed)).to.not.equal(keyOf(one));
      }),
    );
  });

  it('differs for any two specs that differ', () => {
    fc.assert(
      fc.property(specs, specs, (one, other) => {
        const areSame = FIELDS.every((name) => isSame(one[name], other[name]));
        expect(keyOf(one) === keyOf(other)).to.equal(areSame);
      }),
    );
  });

  it('differs where an option has an effect', () => {
    const effects: Readonly<Record<OptionName, readonly OptionTexts[]>> = {
      size: [{ size: '64' }, { size: '65' }],
      width: [{ width: '64' }, { width: '65' }, { width: '64', height: '64' }],
      height: [{ height: '64' }, { height: '65' }, { width: '64', height: '65' }],
      dpr: [{ size: '64' }, { size: '64', dpr: '1.5' }],
      format: OUTPUT_FORMATS.map((format) => ({
        ...{ size: '64', format },
        ...(format === 'gif' && { animated: 'true' }),
      })),
      animated: [
        { size: '64', format: 'webp' },
        { size: '64', format: 'webp', animated: 'true' },
      ],
      quality: [
        { size: '64', format: 'webp' },
        { size: '64', format: 'webp', quality: '79' },
        { size: '64', format: 'webp', quality: '81' },
        { size: '64', format: 'jpeg', quality: '79' },
      ],
      fit: [
        { size: '64', fit: 'inside' },
        { size: '64', fit: 'cover' },
        { size: '64', fit: 'contain' },
      ],
      position: [...POSITIONS, '0.25,0.5', '0.5,0.25'].map((position) => ({
        ...{ size: '64', fit: 'cover', position },
      })),
      crop: [
        { size: '64' },
        { size: '64', crop: '0,0,0.5,1' },
        { size: '64', crop: '0.5,0,0.5,1' },
        { size: '64', crop: '0,0,1,0.5' },
      ],
      background: ['ff0000', 'ff000080', undefined].map((background) => ({
        ...{ size: '64', fit: 'contain', format: 'png' },
        ...(background !== undefined && { background }),
      })),
      // What a preset stands for has an effect, not its name.
      preset: [{ size: '64', preset: 'empty' }],
    };
    for (const [name, texts] of Object.entries(effects)) {
      const keys = texts.map((given) => {
        const options = parseOptions(given, LIMITS);
        return keyOf(specFor(options, options.format === 'auto' ? 'webp' : options.format));
      });
      expect(new Set(keys).size, name).to.equal(texts.length);
    }
  });

  it('is the same for every spelling: defaults written out, aliases, in any order', () => {
    const spellings = texts.chain((given) =>
      fc.record({
        given: fc.constant(given),
        names: fc.shuffledSubarray([...OPTION_NAMES], { minLength: OPTION_NAMES.length }),
        leaveDefaults: fc.boolean(),
        useAliases: fc.boolean(),
        format: choice,
      }),
    );
    fc.assert(
      fc.property(spellings, ({ given, names, leaveDefaults, useAliases, format }) => {
        const spelled = names.flatMap((name) => {
          const text = given[name];
          if (text === undefined) return [];
          if (leaveDefaults && OPTIONS[name].parse(text) === OPTIONS[name].default) return [];
          return [[name, (useAliases ? ALIASES[`${name} ${text}`] : undefined) ?? text] as const];
        });
        const parse = (given: OptionTexts): ThumbnailSpec => {
          const options = parseOptions(given, LIMITS);
          return specFor(options, options.format === 'auto' ? format : options.format);
        };
        const [one, other] = [parse(given), parse(Object.fromEntries(spelled))];
        expect(keyOf(other)).to.equal(keyOf(one));
        const reordered = Object.fromEntries(FIELDS.toReversed().map((name) => [name, one[name]]));
        expect(keyOf(reordered as unknown as ThumbnailSpec)).to.equal(keyOf(one));
      }),
    );
  });

  it('has every field in it', () => {
    const attention = { position: 'attention' } as const;
    expect(canonicalSpec({ ...specOf({ size: 128, format: 'webp' }), ...attention })).to.equal(
      'width=128&height=128&fit=inside&crop=&position=attention&format=webp&animation=&quality=&background=',
    );
    expect(canonicalSpec({ ...specOf({ width: 128, format: 'webp' }), ...attention })).to.equal(
      'width=128&height=&fit=inside&crop=&position=attention&format=webp&animation=&quality=&background=',
    );
  });
});

describe('checkOptions', () => {
  const check = (given: OptionTexts, isSigned: boolean) => () =>
    checkOptions(parseOptions(given, LIMITS), LIMITS, isSigned);

  it('lets anyone have the open sizes, and signed requests any up to the limit', () => {
    for (const name of ['size', 'width', 'height'] as const) {
      for (const size of LIMITS.openSizes) expect(check({ [name]: String(size) }, false)).to.not.throw();
      expect(check({ [name]: '65' }, false)).to.throw(
        InvalidRequestError,
        `${name} 65 is not available without a signature. Choose 64`,
      );
      expect(check({ [name]: '65' }, true)).to.not.throw();
      expect(check({ [name]: '2048' }, true)).to.not.throw();
      expect(check({ [name]: '2049' }, true)).to.throw(InvalidRequestError, '2048');
    }
    expect(check({ width: '64', height: '65' }, false)).to.throw(InvalidRequestError, 'height 65');
  });

  it('lets anyone have whole device pixel ratios up to three, and bounds the box after them', () => {
    for (const dpr of ['1', '2', '3']) expect(check({ size: '256', dpr }, false)).to.not.throw();
    for (const dpr of ['1.5', '4']) {
      expect(check({ size: '256', dpr }, false)).to.throw(
        InvalidRequestError,
        'without a signature. Choose 1, 2 or 3.',
      );
      expect(check({ size: '256', dpr }, true)).to.not.throw();
    }
    expect(check({ width: '512', dpr: '4' }, true)).to.not.throw();
    expect(check({ width: '513', dpr: '4' }, true)).to.throw('width times dpr may be at most 2048 pixels.');
    const small = { ...LIMITS, openSizes: [256], maxSignedSize: 512 };
    const open = parseOptions({ size: '256', dpr: '3' }, small);
    expect(() => checkOptions(open, small, false)).to.throw('size times dpr may be at most 512 pixels.');
  });

  it('lets anyone have the open qualities, and signed requests any', () => {
    expect(check({ size: '64', quality: '70' }, true)).to.not.throw();
    expect(check({ size: '64', quality: '70' }, false)).to.throw(SignatureRequiredError);
    const open = { ...LIMITS, openQualities: [50, 70] };
    const checkOpen = (quality: string) => () =>
      checkOptions(parseOptions({ size: '64', quality }, open), open, false);
    expect(checkOpen('70')).to.not.throw();
    expect(checkOpen('71')).to.throw(
      InvalidRequestError,
      'quality 71 is not available without a signature. Choose 50 or 70.',
    );
  });

  it('lets only signed requests have a background, a crop or a focal point', () => {
    for (const given of [{ background: 'ff0000' }, { crop: '0,0,0.5,1' }, { position: '0.1,0.2' }]) {
      expect(check({ size: '64', ...given }, true)).to.not.throw();
      expect(check({ size: '64', ...given }, false)).to.throw(SignatureRequiredError);
    }
    expect(check({ size: '64', position: 'top' }, false)).to.not.throw();
  });

  it('lets those have animations whom the operator lets', () => {
    const checkWith = (animations: OptionLimits['animations'], animated: string, isSigned: boolean) => () => {
      const limits = { ...LIMITS, animations };
      checkOptions(parseOptions({ size: '64', animated }, limits), limits, isSigned);
    };
    expect(checkWith('open', 'true', false)).to.not.throw();
    expect(checkWith('signed', 'true', true)).to.not.throw();
    expect(checkWith('signed', 'true', false)).to.throw(SignatureRequiredError);
    for (const isSigned of [true, false]) {
      expect(checkWith('off', 'true', isSigned)).to.throw(InvalidRequestError, 'makes no animations');
      expect(checkWith('off', 'false', isSigned)).to.not.throw();
    }
  });

  it('lets anyone have as many thumbnails of a source as docs/security.md says', () => {
    const documentation = readFileSync(new URL('../../../docs/security.md', import.meta.url), 'utf8');
    const number = /can ask for ([\d,]+) different thumbnails/.exec(documentation)?.[1]?.replace(',', '');
    const open: Readonly<Record<OptionName, readonly string[]>> = {
      // As both sides.
      size: [],
      width: LIMITS.openSizes.map(String),
      height: LIMITS.openSizes.map(String),
      dpr: ['1.5', '2', '3', '4'],
      format: [],
      quality: [],
      fit: FITS,
      position: POSITIONS,
      // These only signed requests may have, as tested above.
      background: [],
      crop: [],
      animated: [],
      preset: [],
    };
    let asked: OptionTexts[] = [{}];
    for (const name of OPTION_NAMES) {
      asked = asked.flatMap((given) => [given, ...open[name].map((text) => ({ ...given, [name]: text }))]);
    }
    const keys = new Set<string>();
    for (const given of asked) {
      try {
        const options = parseOptions(given, LIMITS);
        checkOptions(options, LIMITS, false);
        // GIF is for animations.
        const formats = CHOICES.filter((format) => format !== 'gif' || options.animated);
        for (const format of formats) keys.add(canonicalSpec(specFor(options, format)));
      } catch (error) {
        expect(error).to.be.instanceOf(ThumbnailerError);
      }
    }
    expect(keys.size).to.equal(Number(number));
  });
});
