import { expect } from 'chai';
import { type KeptSource, KeptSources } from '../../../src/domain/source/kept-sources.ts';
import type { ReducedImage } from '../../../src/domain/image/reduced-image.ts';

const INSIDE_64 = { size: 64, fit: 'inside' } as const;

describe('KeptSources', () => {
  let now = 1000;
  beforeEach(() => (now = 1000));
  const keeping = (maxBytes: number) => new KeptSources({ maxBytes, now: () => now });

  it('forgets what was used longest ago, and never takes more than it may', () => {
    const kept = keeping(3 * 12_000);
    for (const name of ['a', 'b']) kept.set(name, file(10_000));
    expect(kept.get('a', INSIDE_64)).to.not.equal(undefined);
    for (const name of ['c', 'd']) kept.set(name, file(10_000));
    expect(['a', 'b', 'c', 'd'].filter((name) => kept.get(name, INSIDE_64))).to.deep.equal(['a', 'c', 'd']);
    expect(kept.bytes).to.be.within(30_000, 36_000);
    expect(kept.uses).to.equal(4);
  });

  it('keeps nothing that is larger than all it may take, nor the older one under its key', () => {
    const kept = keeping(20_000);
    kept.set('a', file(10_000));
    kept.set('a', file(30_000));
    expect([kept.get('a', INSIDE_64), kept.bytes]).to.deep.equal([undefined, 0]);
    expect([keeping(0).keepsAny, kept.keepsAny]).to.deep.equal([false, true]);
  });

  it('counts the one that takes the place of another once', () => {
    const kept = keeping(50_000);
    for (let time = 0; time < 10; time += 1) kept.set('a', file(10_000));
    expect(kept.bytes).to.be.within(10_000, 12_000);
  });

  it('gives nothing that is no longer fresh', () => {
    const kept = keeping(50_000);
    kept.set('a', file(10_000));
    now = 2000;
    expect([kept.get('a', INSIDE_64), kept.bytes, kept.uses]).to.deep.equal([undefined, 0, 0]);
  });

  it('gives a reduced image for what it was reduced for', () => {
    const kept = keeping(50_000);
    kept.set('wide', { ...file(0), image: reduced(200, 50) });
    const sizesOf = (fit: 'inside' | 'cover') =>
      [32, 50, 51, 100, 128].filter((size) => kept.get('wide', { size, fit }));
    expect(sizesOf('inside'), 'up to its reach').to.deep.equal([32, 50, 51, 100]);
    expect(sizesOf('cover'), 'what its shorter side fills').to.deep.equal([32, 50]);
  });

  it('gives an image that needed no reducing for all sizes within its reach', () => {
    const kept = keeping(50_000);
    const small = {
      ...reduced(40, 30),
      original: { format: 'png', width: 40, height: 30, bytes: 9 },
    } as const;
    kept.set('small', { ...file(0), image: small });
    expect(kept.get('small', { size: 100, fit: 'cover' })).to.not.equal(undefined);
  });
});

function file(bytes: number): KeptSource {
  return {
    image: { bytes: new Uint8Array(bytes), wholeBytes: bytes },
    validators: {},
    life: { storable: true, freshUntilMs: 2000 },
  };
}

function reduced(width: number, height: number): ReducedImage {
  const original = { format: 'png', width: width * 10, height: height * 10, bytes: 1e6 } as const;
  return { pixels: new Uint8Array(width * height), width, height, channels: 1, reachPx: 100, original };
}
