import { expect } from 'chai';
import { ConfigError, readConfig } from '../../src/config/config.ts';

const presetsOf = (PRESETS: string) => [...readConfig({ PRESETS }).requests.presets];

describe('PRESETS', () => {
  it('are names with the parameters that they stand for', () => {
    expect(presetsOf('')).to.deep.equal([]);
    expect(presetsOf('card: width=320&height=180&fit=cover; avatar: size=64&fit=cover')).to.deep.equal([
      ['card', { width: '320', height: '180', fit: 'cover' }],
      ['avatar', { size: '64', fit: 'cover' }],
    ]);
    expect(
      presetsOf('\n a-1:size=64&filename=a%3B%20b&download=true ;\n square: fit=cover;\n'),
    ).to.deep.equal([
      ['a-1', { size: '64', filename: 'a; b', download: 'true' }],
      ['square', { fit: 'cover' }],
    ]);
  });

  it('stop the start where they are written otherwise', () => {
    for (const text of ['card', 'card:', ':size=64', 'a b: size=64', 'card: size=64; card: size=64', ';']) {
      expect(() => presetsOf(text), text).to.throw(ConfigError, 'PRESETS: expected names with parameters');
    }
    expect(() => presetsOf('card: size=64&size=128')).to.throw(ConfigError, 'PRESETS: expected');
  });

  it('stop the start with all that is wrong with each, beside what else is', () => {
    const environment = {
      PORT: 'none',
      MAX_THUMBNAIL_SIZE: '1000',
      PRESETS:
        'a: heigth=64; b: fit=fill; c: size=1001; d: size=64&width=64; e: url=x; f: preset=a; g: size=900; h: filename=/',
    };
    expect(() => readConfig(environment))
      .to.throw(ConfigError)
      .with.property('message')
      .that.matches(/PORT: expected/)
      .and.matches(/PRESETS: a: unknown parameter heigth\. Allowed: size, width,/)
      .and.matches(/PRESETS: b: fit must be inside/)
      .and.matches(/PRESETS: c: size may be at most 1000 pixels\./)
      .and.matches(/PRESETS: d: size stands for width and height/)
      .and.matches(/PRESETS: e: unknown parameter url/)
      .and.matches(/PRESETS: f: unknown parameter preset/)
      .and.matches(/PRESETS: h: filename must be/)
      .and.not.matches(/PRESETS: g/);
  });
});
