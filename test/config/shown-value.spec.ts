import { expect } from 'chai';
import { shownValue, withoutCredentials } from '../../src/config/shown-value.ts';

describe('what is shown of a value', () => {
  for (const text of [
    '80a',
    '10 seconds',
    '64 MB',
    '10.0.0.0/33',
    'memory;disk',
    'verbose',
    '@acme/cache',
    '',
  ]) {
    it(`is all of ${JSON.stringify(text)}, which is a slip`, () => {
      expect(shownValue(text)).to.equal(JSON.stringify(text));
    });
  }

  it('is the scheme of an address, and the length of anything else', () => {
    expect(shownValue('redis://u:hunter2@cache:6379')).to.equal('an address that begins with redis://');
    expect(shownValue('hunter2')).to.equal('a text of 7 characters');
  });
});

describe('a message without credentials', () => {
  it('keeps everything but user names and passwords', () => {
    for (const [message, shown] of [
      ['connect to redis://u:hunter2@cache:6379/0 failed', 'connect to redis://…@cache:6379/0 failed'],
      ['ENOTFOUND https://a:p@ss/w@images.example/x', 'ENOTFOUND https://…@images.example/x'],
      ['https://images.example/ and a@example.org', 'https://images.example/ and a@example.org'],
    ] as const) {
      expect(withoutCredentials(message)).to.equal(shown);
    }
  });
});
