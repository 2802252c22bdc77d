import { expect } from 'chai';
import { RecentQueries } from '../../../src/http/thumbnail/recent-queries.ts';
import type { ThumbnailQuery } from '../../../src/http/thumbnail/thumbnail-query.ts';
import { requestFor } from '../../support/service.ts';

const query: ThumbnailQuery = {
  request: requestFor('http://images.example/a'),
  terms: {},
  sourceHost: 'images.example',
  negotiated: false,
  wantsFallback: false,
  disposition: () => '',
};

describe('RecentQueries', () => {
  it('knows what was asked for last, and forgets what was not asked for in a long while', () => {
    const queries = new RecentQueries();
    queries.add('often', query);
    queries.add('once', query);
    for (let index = 0; index < 5000; index += 1) {
      queries.add(`${index}`, query);
      expect(queries.get('often')).to.equal(query);
    }
    expect(queries.get('once')).to.equal(undefined);
    const known = Array.from({ length: 5000 }, (_, index) => queries.get(`${index}`)).filter(Boolean);
    expect(known).to.have.length.within(1000, 2000);
  });

  it('does not take what is very long, of which it could not hold as many', () => {
    const queries = new RecentQueries();
    queries.add('x'.repeat(1001), query);
    expect(queries.get('x'.repeat(1001))).to.equal(undefined);
  });
});
