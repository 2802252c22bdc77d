import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { sentenceFor } from '../../src/composition/cache-faults.ts';

const TEMPLATE = readFileSync(
  new URL('../../scripts/ecs/templates/service.yaml', import.meta.url).pathname,
  'utf8',
);

describe('the alarm for a lost cache on ECS', () => {
  const [, level, beginning = ''] =
    /FilterPattern: '\{ \(\$\.level = (\d+)\) && \(\$\.msg = "(.*)\*"\) \}'/.exec(TEMPLATE) ?? [];

  it('hears of a cache that is gone, and of one that refuses', () => {
    expect(level).to.equal('40');
    for (const fault of [undefined, 'login', 'rights', 'read-only', 'full', 'refused']) {
      const sentence = sentenceFor(Object.assign(new Error('seen'), { fault }));
      expect(sentence.startsWith(beginning), sentence).to.equal(true);
    }
  });
});
