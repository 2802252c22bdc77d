import { expect } from 'chai';
import fc from 'fast-check';
import { cacheKeyOf } from '../../../src/domain/cache/cache-key.ts';
import { InvalidRequestError } from '../../../src/domain/errors/index.ts';
import type { OptionLimits } from '../../../src/domain/request/option.ts';
import { OPTION_NAMES } from '../../../src/domain/request/options.ts';
import { withPreset } from '../../../src/domain/request/presets.ts';
import { type OptionTexts, checkOptions, parseOptions } from '../../../src/domain/request/request-options.ts';
import { DEFAULT_LIMITS } from '../../../scripts/kit/spec.ts';
import { specFor } from '../../../src/domain/request/thumbnail-spec.ts';

const CARD = { width: '320', height: '180', fit: 'cover', format: 'jpeg', dpr: '1.5' };
const LIMITS: OptionLimits = {
  ...DEFAULT_LIMITS,
  openSizes: [64, 128],
  maxSignedSize: 1000,
  presets: new Map<string, OptionTexts>([
    ['card', CARD],
    ['avatar', { size: '96' }],
    ['square', { fit: 'cover' }],
  ]),
};

describe('a preset', () => {
  const keyOf = (texts: OptionTexts) => {
    const options = parseOptions(texts, LIMITS);
    return cacheKeyOf('https://images.example/', specFor(options, 'webp'));
  };
  const request = (texts: OptionTexts) => checkOptions(parseOptions(texts, LIMITS), LIMITS, false);

  it('asks for what its parameters ask for, under the same key', () => {
    fc.assert(
      fc.property(fc.subarray(Object.entries(CARD)), (repeated) => {
        const given = { preset: 'card', ...(Object.fromEntries(repeated) as OptionTexts) };
        expect(parseOptions(given, LIMITS)).to.deep.equal({
          ...parseOptions(CARD, LIMITS),
          preset: 'card',
        });
        expect(keyOf(given)).to.equal(keyOf(CARD));
      }),
    );
  });

  it('takes other parameters beside it', () => {
    expect(parseOptions({ preset: 'card', position: 'top' }, LIMITS)).to.include({
      width: 320,
      position: 'top',
    });
    expect(keyOf({ preset: 'square', size: '64' })).to.equal(keyOf({ size: '64', fit: 'cover' }));
    expect(parseOptions({ preset: 'card', format: 'jpg' }, LIMITS).format).to.equal('jpeg');
  });

  it('is not contradicted', () => {
    const contradictions: readonly [OptionTexts, string][] = [
      [{ preset: 'card', width: '64' }, 'The preset card stands for width=320. Leave out width.'],
      [{ preset: 'card', fit: 'inside' }, 'stands for fit=cover. Leave out fit.'],
      [{ preset: 'card', size: '320' }, 'stands for width=320. Leave out size.'],
      [{ preset: 'avatar', width: '96' }, 'stands for size=96. Leave out width.'],
      [{ preset: 'card', format: 'gif' }, 'stands for format=jpeg. Leave out format.'],
      [{ preset: 'card', format: 'bmp' }, 'format must be'],
      [{ preset: 'square' }, 'Choose a size: 64 or 128.'],
    ];
    for (const [texts, sentence] of contradictions) {
      expect(() => parseOptions(texts, LIMITS), JSON.stringify(texts)).to.throw(
        InvalidRequestError,
        sentence,
      );
    }
  });

  it('has to be one of the operator', () => {
    for (const preset of ['Card', '', 'toString', '__proto__']) {
      expect(() => parseOptions({ preset, size: '64' }, LIMITS), preset)
        .to.throw(InvalidRequestError, 'There is no such preset. Choose card, avatar or square.')
        .with.property('field', 'preset');
    }
    expect(() => withPreset({ preset: 'card' }, DEFAULT_LIMITS)).to.throw('This service has no presets.');
  });

  it('opens to anyone what it stands for, and nothing else', () => {
    request({ preset: 'card' });
    request({ preset: 'avatar', dpr: '3' });
    expect(() => request({ preset: 'avatar', dpr: '1.5' })).to.throw('dpr 1.5 is not available');
    expect(() => request({ preset: 'square', size: '96' })).to.throw('size 96 is not available');
    expect(() => request(CARD)).to.throw('width 320 is not available');
  });

  it('does not lift the limit on the box', () => {
    const wide = { ...LIMITS, presets: new Map([['wide', { width: '900' }]]) };
    const options = parseOptions({ preset: 'wide', dpr: '2' }, wide);
    expect(() => checkOptions(options, wide, false)).to.throw('width times dpr may be at most 1000 pixels.');
  });

  it('leaves a request without one as it is', () => {
    const given = Object.fromEntries(OPTION_NAMES.map((name) => [name, undefined]));
    expect(withPreset(given, LIMITS)).to.equal(given);
  });
});
