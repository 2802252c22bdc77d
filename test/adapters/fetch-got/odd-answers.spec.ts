import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { startRawOrigin } from '../../support/raw-origin.ts';
import { fetchFrom } from './fetching.ts';
import { ODD_ANSWERS } from './odd-answers.ts';

describe('GotImageFetcher on odd answers', () => {
  // The length that one of the answers says by itself.
  const image = randomBytes(3000);

  for (const [what, answer] of Object.entries(ODD_ANSWERS)) {
    it(`takes ${what}`, async () => {
      const script = answer(image);
      await using origin = await startRawOrigin(
        typeof script === 'function' ? script : ({ send }) => send(script),
        { host: '127.0.0.2' },
      );
      expect((await fetchFrom(origin.url())).equals(image)).to.equal(true);
      await origin.idle();
    });
  }
});
