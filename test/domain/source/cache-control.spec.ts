import { expect } from 'chai';
import fc from 'fast-check';
import { dateOf, parseCacheControl, secondsOf } from '../../../src/domain/source/cache-control.ts';
import { processorMsOf } from '../../support/processor-time.ts';

const parsed = (text: string) => Object.fromEntries(parseCacheControl(text));

describe('parseCacheControl', () => {
  it('reads tokens, quoted values and directives without a value, in any case', () => {
    expect(parsed('Public, MAX-AGE=60 ,s-maxage="30"')).to.deep.equal({
      public: [''],
      'max-age': ['60'],
      's-maxage': ['30'],
    });
  });

  it('reads a quoted comma and an escaped quotation mark as parts of the value', () => {
    expect(parsed('private="a, max-age=1", x="\\"", max-age=2')).to.deep.equal({
      private: ['a, max-age=1'],
      x: ['"'],
      'max-age': ['2'],
    });
  });

  it('keeps each value of a directive that stands twice', () => {
    expect(parsed('max-age=60, Max-Age=5')).to.deep.equal({ 'max-age': ['60', '5'] });
  });

  it('does not take x-max-age for max-age, nor a value for a directive', () => {
    expect(parsed('x-max-age=60, ext="no-store"')).to.deep.equal({ 'x-max-age': ['60'], ext: ['no-store'] });
  });

  it('reads directives that semicolons separate, and a quoted one as a part of the value', () => {
    expect(parsed('private; max-age=60;no-store')).to.deep.equal({
      private: [''],
      'max-age': ['60'],
      'no-store': [''],
    });
    expect(parsed('ext="a; no-store", max-age=60 ;')).to.deep.equal({
      ext: ['a; no-store'],
      'max-age': ['60'],
    });
  });

  it('passes over empty elements, and finds nothing in nothing', () => {
    expect(parsed(',, no-store ,')).to.deep.equal({ 'no-store': [''] });
    expect(parsed('')).to.deep.equal({});
  });

  it('takes any text, in time that grows with its length', async () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '=', '"', ',', ' ', '\\', ';') }),
        (text) => void parsed(text),
      ),
    );
    const texts = ['"', 'a="', ' ', 'a=" \\', 'a ', ',', 'a,', 'a="\\",'].map((text) => text.repeat(16_000));
    expect(await processorMsOf(() => texts.forEach(parsed))).to.be.below(1000);
  });
});

describe('secondsOf', () => {
  it('reads whole seconds alone, up to what fits', () => {
    expect(['0', ' 60 ', '007'].map(secondsOf)).to.deep.equal([0, 60, 7]);
    expect(['', '-1', '1.5', '1e3', '0x10', 'ten', undefined].map(secondsOf)).to.deep.equal(
      Array(7).fill(undefined),
    );
    expect(secondsOf('9'.repeat(400))).to.equal(2 ** 31);
  });
});

describe('dateOf', () => {
  it('reads a date as HTTP writes it now, and as it did before', () => {
    const at = Date.UTC(1994, 10, 6, 8, 49, 37);
    for (const text of ['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT'])
      expect(dateOf(text), text).to.equal(at);
  });

  it('takes the oldest form, which names no zone, for GMT, whatever the zone of the process', () => {
    const zone = process.env['TZ'];
    process.env['TZ'] = 'America/New_York';
    try {
      expect(dateOf('Sun Nov  6 08:49:37 1994')).to.equal(Date.UTC(1994, 10, 6, 8, 49, 37));
    } finally {
      if (zone === undefined) Reflect.deleteProperty(process.env, 'TZ');
      else process.env['TZ'] = zone;
    }
  });

  it('reads no number as a year, nor anything else as a date', () => {
    for (const text of ['0', '-1', '3600', '86400', '2099', '2099-01-01', '1.5', 'never', '', undefined])
      expect(dateOf(text), text).to.deep.equal(NaN);
  });
});
