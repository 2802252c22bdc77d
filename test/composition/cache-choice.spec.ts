import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { pino } from 'pino';
import { CacheChoice } from '../../src/composition/cache-choice.ts';
import { FakeSecrets } from '../support/fakes.ts';

describe('the choice of a cache', () => {
  const EVERY_MS = 5;
  const ADDRESS = { 'memcachier-server': 'mc.example:11211' };
  let lines: string[];
  const logger = () => pino({ level: 'info' }, { write: (line: string) => lines.push(line) });
  beforeEach(() => (lines = []));

  for (const [what, chosen, later, kind] of [
    ['appears', 'memory', ADDRESS, 'memcached'],
    ['is gone', 'memcached', {}, 'memory'],
  ] as const) {
    it(`asks once for a restart when the address of a cache ${what}`, async () => {
      const secrets = new FakeSecrets(chosen === 'memory' ? {} : ADDRESS);
      const choice = new CacheChoice(chosen, secrets, logger(), EVERY_MS);
      await sleep(EVERY_MS * 5);
      expect(lines).to.deep.equal([]);
      secrets.secrets = later;
      while (lines.length === 0) await sleep(EVERY_MS);
      await sleep(EVERY_MS * 5);
      expect(lines).to.have.length(1);
      expect(JSON.parse(lines[0] ?? '')).to.include({ level: 40, cache: chosen, secrets: kind });
      await choice.close();
    });
  }

  it('is left to the operator who made one', async () => {
    const secrets = new FakeSecrets(ADDRESS);
    const choice = new CacheChoice(undefined, secrets, logger(), EVERY_MS);
    await sleep(EVERY_MS * 5);
    expect(lines).to.deep.equal([]);
    await choice.close();
  });

  it('is watched no longer than the service runs', async () => {
    const secrets = new FakeSecrets({});
    const choice = new CacheChoice('memory', secrets, logger(), EVERY_MS);
    await choice.close();
    secrets.secrets = ADDRESS;
    await sleep(EVERY_MS * 5);
    expect(lines).to.deep.equal([]);
  });
});
