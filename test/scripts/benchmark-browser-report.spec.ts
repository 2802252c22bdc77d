import { expect } from 'chai';
import { LogScale } from '../../scripts/benchmark-browser/log-scale.ts';
import { type RunFacts, renderReport } from '../../scripts/benchmark-browser/report.ts';
import { type Measurement, type Results } from '../../scripts/benchmark-browser/results.ts';
import { stripPlot } from '../../scripts/benchmark-browser/strip-plot.ts';
import { median, summarise } from '../../scripts/benchmark-browser/summary.ts';
import { formatTable } from '../../scripts/benchmark-browser/table.ts';
import { timeline } from '../../scripts/benchmark-browser/timeline.ts';
import { imageNames, milliseconds, percent } from '../../scripts/benchmark-browser/wording.ts';

const IMAGE = 'https://img.example/photo.jpg';
const HOSTILE = 'https://img.example/"><script>alert(1)</script>&amp;\'.jpg';

const some: Measurement = { server: 'one', tserver: 5, ttotal: 50 };

/** What the original's experiment saw, on three servers. */
const ORIGINAL = resultsOf({
  [`${IMAGE}:128`]: [
    { server: 'one', tserver: 527, ttotal: 771 },
    { server: 'two', tserver: 9, ttotal: 1445 },
    { server: 'one', tserver: 62, ttotal: 294 },
    { server: 'three', tserver: 70, ttotal: 286 },
  ],
});

describe('the summary of a browser benchmark', () => {
  it('takes the first request for a miss where nothing else is known', () => {
    const { requests, thumbnails, hits, misses, isOrderKnown } = summarise(ORIGINAL);
    expect(requests.map(({ isHit }) => isHit)).to.deep.equal([false, true, true, true]);
    expect(thumbnails[0]).to.deep.include({ image: IMAGE, size: 128, hits: 3 });
    expect(thumbnails[0]!.first).to.include({ tserver: 527, ttotal: 771 });
    expect(thumbnails[0]!.later).to.deep.equal({ count: 3, tserver: 62, ttotal: 294 });
    expect(misses).to.deep.equal({ count: 1, tserver: 527, ttotal: 771 });
    expect(hits).to.include({ count: 3, tserver: 62 });
    expect(isOrderKnown).to.equal(false);
  });

  it('believes the page where it says what the cache did', () => {
    const answers = ['miss', 'miss', 'hit', 'stale'].map((cache, at) => ({ ...some, cache, at }));
    const { requests } = summarise(resultsOf({ [`${IMAGE}:64`]: answers }));
    expect(requests.map(({ isHit }) => isHit)).to.deep.equal([false, false, true, true]);
  });

  it('puts the requests of all thumbnails in their order', () => {
    const { requests, isOrderKnown } = summarise(
      resultsOf({
        [`${IMAGE}:64`]: [at(0), at(30)],
        [`${IMAGE}:128`]: [at(10), at(40)],
      }),
    );
    expect(isOrderKnown).to.equal(true);
    expect(requests.map((request) => request.at)).to.deep.equal([0, 10, 30, 40]);
  });

  it('counts by server, the busiest first', () => {
    const { servers, thumbnails } = summarise(ORIGINAL);
    expect(servers).to.deep.equal([
      { name: 'one', count: 2, hits: 1 },
      { name: 'three', count: 1, hits: 1 },
      { name: 'two', count: 1, hits: 1 },
    ]);
    expect(thumbnails[0]!.perServer).to.deep.equal([2, 1, 1]);
  });

  it('has nothing to say of a thumbnail that nobody asked for', () => {
    expect(summarise(resultsOf({ [`${IMAGE}:64`]: [] })).thumbnails).to.deep.equal([]);
  });

  it('knows the middle of many, of few and of none', () => {
    expect([median([3, 1, 2]), median([4, 1]), median([7]), median([])]).to.deep.equal([2, 2.5, 7, NaN]);
  });

  it('is a table in a terminal', () => {
    expect(formatTable(summarise(ORIGINAL)).split('\n')).to.deep.equal([
      'image       size   requests   hits   server: first   later   total: first    later   per server',
      'photo.jpg    128          4   75 %          527 ms   62 ms         771 ms   294 ms        2/1/1',
      '',
      'Servers, in the order of the last column:',
      '  one: 2 (50 %)',
      '  three: 1 (25 %)',
      '  two: 1 (25 %)',
    ]);
  });

  it('words times and shares for people', () => {
    expect([0, 999.5, 1235, 12_345].map(milliseconds)).to.deep.equal(['0 ms', '1.00 s', '1.24 s', '12.3 s']);
    expect([0, 0.001, 0.5, 0.999, 1].map(percent)).to.deep.equal(['0 %', '<1 %', '50 %', '>99 %', '100 %']);
  });

  it('calls images by their last part while that tells them apart', () => {
    const names = imageNames([
      IMAGE,
      'https://b.example/x.png',
      'https://b.example/y/x.png',
      'https://c.example/',
    ]);
    expect([...names.values()]).to.deep.equal([
      'photo.jpg',
      'https://b.example/x.png',
      'https://b.example/y/x.png',
      'https://c.example/',
    ]);
  });
});

describe('the plots of a browser benchmark', () => {
  const places = /"(?:x|y|at|top|middle|bottom|width|hits|misses)":"([^"]*)"/g;
  const cases: Record<string, readonly number[]> = {
    'a single request': [40],
    'times of no millisecond': [0, 0],
    'times that are all alike': [100, 100, 100],
    'very long times': [59_999, 1_000_000],
    'many requests': Array.from({ length: 500 }, (_, index) => index),
  };
  for (const [what, times] of Object.entries(cases)) {
    it(`keep ${what} inside`, () => {
      const { requests } = summarise(
        resultsOf({
          [`${IMAGE}:64`]: times.map((time, index) => ({ ...at(index), tserver: time, ttotal: time })),
        }),
      );
      const scale = new LogScale(times);
      const strips = [{ label: '64 px', requests }];
      const drawn = [stripPlot({ strips, metric: 'ttotal', scale, stripPx: 40 }), timeline(requests, scale)];
      const found = [...JSON.stringify(drawn).matchAll(places)].map(([, place]) => place!);
      expect(found).to.have.length.above(times.length * 4);
      for (const place of found) {
        expect(place).to.match(/^\d+(\.\d+)?%$/);
        expect(parseFloat(place)).to.be.within(0, 100);
      }
    });
  }

  it('have a line for every decade from the fastest to the slowest', () => {
    const labels = new LogScale([3, 2500]).ticks(String).map(({ label }) => label);
    expect(labels).to.deep.equal(['1 ms', '10 ms', '100 ms', '1 s', '10 s']);
  });

  it('show how the cache warms up, in tenths', () => {
    const answers = Array.from({ length: 20 }, (_, index) => ({
      ...at(index),
      cache: index < 3 ? 'miss' : 'hit',
    }));
    const { requests } = summarise(resultsOf({ [`${IMAGE}:64`]: answers }));
    const { bars } = timeline(requests, new LogScale([1]));
    expect(bars.map(({ hits }) => hits)).to.deep.equal(['0%', '50%', ...Array<string>(8).fill('100%')]);
    expect(bars[1]!.title).to.equal('requests 3 to 4: 50 % from the cache');
  });
});

describe('the report of a browser benchmark', () => {
  const facts: RunFacts = {
    measuredAt: new Date(0),
    service: HOSTILE,
    images: HOSTILE,
    people: HOSTILE,
    browsers: HOSTILE,
    machine: HOSTILE,
    seed: 1,
    faults: [{ form: { url: HOSTILE, size: 64 }, message: HOSTILE }],
    leftOut: 3,
  };
  const hostile = summarise(
    resultsOf({ [`${HOSTILE}:64`]: [{ ...at(0), server: HOSTILE, cache: HOSTILE }, at(5)] }),
  );

  it('escapes whatever it is told', () => {
    const html = renderReport(hostile, facts);
    expect(html).not.to.include('<script');
    expect(html).not.to.include(HOSTILE);
    expect(html).to.include('&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;');
  });

  it('loads nothing', () => {
    const html = renderReport(hostile, facts);
    expect(html).not.to.match(/<(script|link|img|iframe|object|image)\b|\ssrc=|href="(?!#)|url\(|@import/);
  });

  it('has a colour for each of the names that its style uses', () => {
    const [, styles = ''] = /<style>(.*)<\/style>/s.exec(renderReport(summarise(ORIGINAL))) ?? [];
    const defined = new Set([...styles.matchAll(/(--[\w-]+):/g)].map(([, name]) => name));
    const used = [...styles.matchAll(/var\((--[\w-]+)/g)].map(([, name]) => name);
    expect(used).to.have.length.above(20);
    expect(used.filter((name) => !defined.has(name))).to.deep.equal([]);
  });

  it('says in words what each plot shows', () => {
    const html = renderReport(summarise(ORIGINAL));
    expect(html).to.include('Made in 527 ms, found again in 62 ms');
    expect(html).to.match(/<desc [^>]*>Miss: 1 miss, median 527 ms\. Hit: 3 hits, median 62 ms\.<\/desc>/);
    expect(html).to.match(/<desc [^>]*>128 px: 1 miss, median 771 ms; 3 hits, median 294 ms\.<\/desc>/);
    const drawings = [
      ...html.matchAll(/<svg role="img" aria-labelledby="([\w-]+)" aria-describedby="([\w-]+)"/g),
    ];
    expect(drawings).to.have.length(4);
    for (const [, title, description] of drawings) {
      expect(html).to.include(`<title id="${title}">`).and.include(`<desc id="${description}">`);
    }
  });

  it('shows no order of requests where none is known', () => {
    expect(renderReport(summarise(ORIGINAL))).not.to.include('The cache warms up');
    expect(renderReport(hostile)).to.include('The cache warms up');
  });

  const odd: Record<string, Results> = {
    'nothing at all': resultsOf({}),
    'a single request': resultsOf({ [`${IMAGE}:64`]: [at(0)] }),
    'misses alone': resultsOf({
      [`${IMAGE}:64`]: [
        { ...at(0), cache: 'miss' },
        { ...at(1), cache: 'miss' },
      ],
    }),
    'hits alone': resultsOf({ [`${IMAGE}:64`]: [{ ...at(0), cache: 'hit' }] }),
    'servers without names': resultsOf({ [`${IMAGE}:64`]: [{ ...some, server: '' }, some] }),
  };
  for (const [what, results] of Object.entries(odd)) {
    it(`is whole with ${what}`, () => {
      for (const html of [renderReport(summarise(results)), renderReport(summarise(results), facts)]) {
        expect(html).to.match(/<\/html>\s*$/);
        expect(html).not.to.match(/NaN|Infinity|undefined/);
      }
    });
  }
});

function at(ms: number): Measurement {
  return { ...some, at: ms };
}

function resultsOf(content: Record<string, readonly Measurement[]>): Results {
  return new Map(Object.entries(content));
}
