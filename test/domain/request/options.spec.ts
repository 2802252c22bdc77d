import { expect } from 'chai';
import fc from 'fast-check';
import { cacheKeyOf } from '../../../src/domain/cache/cache-key.ts';
import { InvalidRequestError } from '../../../src/domain/errors/index.ts';
import { OUTPUT_FORMATS, type OutputChoice } from '../../../src/domain/image/formats.ts';
import type { OptionLimits } from '../../../src/domain/request/option.ts';
import { OPTIONS, OPTION_NAMES, type OptionName } from '../../../src/domain/request/options.ts';
import {
  type OptionTexts,
  type ThumbnailSpec,
  canonicalSpec,
  checkOptions,
  parseOptions,
} from '../../../src/domain/request/thumbnail-spec.ts';
import { specOf } from '../../../scripts/kit/spec.ts';

const LIMITS: OptionLimits = { openSizes: [64, 128, 256], maxSignedSize: 2048 };
const CHOICES: readonly OutputChoice[] = [...OUTPUT_FORMATS, 'avif-or-webp', 'jpeg-or-png'];

/** Texts that each option takes; the type asks for those of an option that is new. */
const TEXTS: Readonly<Record<OptionName, fc.Arbitrary<string>>> = {
  size: fc.integer({ min: 1, max: 99_999 }).map(String),
  format: fc.constantFrom('auto', 'jpg', ...OUTPUT_FORMATS),
  fit: fc.constantFrom('inside', 'cover'),
};

/** Other spellings of a text. */
const ALIASES: Partial<Record<string, string>> = { jpeg: 'jpg', jpg: 'jpeg' };

const texts = fc.record(TEXTS);
const choice = fc.constantFrom(...CHOICES);
const specs = fc
  .tuple(texts, choice)
  .map(([given, format]): ThumbnailSpec => ({ ...parseOptions(given, LIMITS), format }));

const keyOf = (spec: ThumbnailSpec) => cacheKeyOf('http://images.example/a.jpg', spec);

describe('the table of options', () => {
  for (const name of OPTION_NAMES) {
    it(`has all that there is to know of ${name}`, () => {
      const option = OPTIONS[name];
      expect(option.meaning).to.match(/\.$/);
      expect(option.schema(LIMITS)).to.satisfy((schema: object) => Object.keys(schema).length > 0);
      expect(option.parse(option.example, LIMITS)).to.not.equal(undefined);
      expect(option.default ?? option.missing?.(LIMITS), 'what stands for it').to.not.equal(undefined);
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
  it('has defaults for what is not given, and asks for what has none', () => {
    expect(parseOptions({ size: '64' }, LIMITS)).to.deep.equal({ size: 64, format: 'auto', fit: 'inside' });
    for (const missing of [{}, { size: '' }]) {
      expect(() => parseOptions(missing, LIMITS)).to.throw('Choose a size: 64, 128 or 256.');
    }
  });
});

describe('the key of a spec', () => {
  it('differs where any option does', () => {
    fc.assert(
      fc.property(specs, specs, fc.constantFrom(...OPTION_NAMES), (one, other, name) => {
        fc.pre(one[name] !== other[name]);
        const changed = { ...one, [name]: other[name] };
        expect(canonicalSpec(changed)).to.not.equal(canonicalSpec(one));
        expect(keyOf(changed)).to.not.equal(keyOf(one));
      }),
    );
  });

  it('differs for any two specs that differ', () => {
    fc.assert(
      fc.property(specs, specs, (one, other) => {
        const isSame = OPTION_NAMES.every((name) => one[name] === other[name]);
        expect(keyOf(one) === keyOf(other)).to.equal(isSame);
      }),
    );
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
        const spelled = names
          .filter((name) => !(leaveDefaults && given[name] === OPTIONS[name].default))
          .map((name) => [name, (useAliases ? ALIASES[given[name]] : undefined) ?? given[name]] as const);
        const parse = (given: OptionTexts): ThumbnailSpec => {
          const options = parseOptions(given, LIMITS);
          return { ...options, format: options.format === 'auto' ? format : options.format };
        };
        const [one, other] = [parse(given), parse(Object.fromEntries(spelled))];
        expect(keyOf(other)).to.equal(keyOf(one));
        const reordered = Object.fromEntries(
          names.map((name) => [name, one[name]]),
        ) as unknown as ThumbnailSpec;
        expect(keyOf(reordered)).to.equal(keyOf(one));
      }),
    );
  });

  it('has every option in it', () => {
    const spec = { size: 128, format: 'webp', fit: 'inside' } as const;
    expect(canonicalSpec(spec)).to.equal('size=128&format=webp&fit=inside');
  });
});

describe('checkOptions', () => {
  it('lets anyone have the open sizes, and signed requests any up to the limit', () => {
    const check = (size: number, isSigned: boolean) => () =>
      checkOptions(specOf({ size, format: 'webp' }), LIMITS, isSigned);
    for (const size of LIMITS.openSizes) expect(check(size, false)).to.not.throw();
    expect(check(65, false)).to.throw(InvalidRequestError, '64, 128 or 256');
    expect(check(65, true)).to.not.throw();
    expect(check(2049, true)).to.throw(InvalidRequestError, '2048');
  });
});
