import { expect } from 'chai';
import { freshnessOf, lifetimeOf } from '../../../src/domain/source/freshness.ts';

const NOW = Date.parse('Wed, 01 Jul 2026 12:00:00 GMT');
const HOUR_LATER = 'Wed, 01 Jul 2026 13:00:00 GMT';
const said = (headers: Record<string, string>) => freshnessOf(headers, NOW);
const secondsSaid = (headers: Record<string, string>) => {
  const { ttlMs } = said(headers);
  return ttlMs === undefined ? undefined : ttlMs / 1000;
};

describe('freshnessOf', () => {
  const cases: [string, Record<string, string>, number | undefined][] = [
    ['nothing where the source says nothing', {}, undefined],
    ['nothing by what is not about freshness', { 'cache-control': 'public, immutable' }, undefined],
    ['max-age', { 'cache-control': 'max-age=60' }, 60],
    ['max-age in any case, and quoted', { 'cache-control': 'Max-Age="60"' }, 60],
    ['the shortest of several', { 'cache-control': 'max-age=60, max-age=5' }, 5],
    ['no seconds where one of several cannot be read', { 'cache-control': 'max-age=60, max-age=soon' }, 0],
    ['not x-max-age', { 'cache-control': 'x-max-age=60' }, undefined],
    ['not stale-while-revalidate', { 'cache-control': 'stale-while-revalidate=60' }, undefined],
    ['max-age beside stale-while-revalidate', { 'cache-control': 'max-age=5, stale-while-revalidate=60' }, 5],
    ['s-maxage before max-age', { 'cache-control': 'max-age=60, S-MaxAge=30' }, 30],
    ['s-maxage before max-age, though it cannot be read', { 'cache-control': 's-maxage=x, max-age=60' }, 0],
    ['less the age', { 'cache-control': 'max-age=60', age: '45' }, 15],
    ['never less than none', { 'cache-control': 'max-age=60', age: '90' }, 0],
    ['whole where the age cannot be read', { 'cache-control': 'max-age=60', age: 'old' }, 60],
    ['Expires minus Date', { expires: HOUR_LATER, date: 'Wed, 01 Jul 2026 12:59:00 GMT' }, 60],
    ['Expires minus now without a Date', { expires: HOUR_LATER }, 3600],
    ['Expires minus now where the Date cannot be read', { expires: HOUR_LATER, date: 'today' }, 3600],
    ['Expires less the age', { expires: HOUR_LATER, age: '600' }, 3000],
    ['max-age before Expires', { 'cache-control': 'max-age=60', expires: HOUR_LATER }, 60],
    ['none where Expires cannot be read', { expires: '0' }, 0],
    ['none where Expires is over', { expires: 'Wed, 01 Jul 2026 11:00:00 GMT' }, 0],
    ['none where max-age cannot be read', { 'cache-control': 'max-age=-1', expires: HOUR_LATER }, 0],
    ['none where max-age has no value', { 'cache-control': 'max-age' }, 0],
    ['none for no-cache', { 'cache-control': 'No-Cache, max-age=60' }, 0],
    ['none for Vary: *', { 'cache-control': 'max-age=60', vary: ' * ' }, 0],
    ['none for must-revalidate alone', { 'cache-control': 'must-revalidate' }, 0],
    ['max-age beside must-revalidate', { 'cache-control': 'must-revalidate, max-age=60' }, 60],
    ['none for Pragma alone', { pragma: 'No-Cache' }, 0],
    ['not by Pragma beside Cache-Control', { pragma: 'no-cache', 'cache-control': 'max-age=60' }, 60],
  ];
  for (const [what, headers, seconds] of cases) {
    it(`is ${what}`, () => {
      expect(secondsSaid(headers)).to.equal(seconds);
      expect(said(headers).storable).to.equal(true);
    });
  }

  it('is not to be stored for no-store and private, in any case, with a value or without', () => {
    for (const text of ['no-store', 'NO-STORE', 'Private', 'max-age=60, private="set-cookie"', 'private=x']) {
      expect(said({ 'cache-control': text }).storable, text).to.equal(false);
    }
    for (const text of ['x-private', 'ext="no-store, private"', 'public']) {
      expect(said({ 'cache-control': text }).storable, text).to.equal(true);
    }
  });
});

describe('lifetimeOf', () => {
  const policy = { defaultMs: 50, minMs: 10, maxMs: 100, faultsMs: 5, staleIfErrorMs: 7 };

  it('stays within the bounds of the operator, and is none for what is not to be stored', () => {
    const lifetimes = [undefined, 0, 20, 1000].map((ttlMs) => lifetimeOf({ storable: true, ttlMs }, policy));
    expect(lifetimes).to.deep.equal([50, 10, 20, 100]);
    expect(lifetimeOf({ storable: false, ttlMs: 20 }, policy)).to.equal(undefined);
  });
});
