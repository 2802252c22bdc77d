import { expect } from 'chai';
import { CorruptImageError } from '../../../src/domain/errors/index.ts';
import type { Thumbnail } from '../../../src/domain/image/thumbnail.ts';
import { sourceAnswer } from '../../support/fakes.ts';
import { rejection } from '../../support/rejection.ts';
import { type Harness, caller, harness, requestFor } from '../../support/service.ts';

const HOUR_MS = 3_600_000;
const request = requestFor('https://images.example/a.jpg');

describe('a thumbnail of a damaged file', () => {
  let world: Harness;

  beforeEach(() => {
    world = harness({
      lifetimes: { defaultMs: HOUR_MS, maxMs: 24 * HOUR_MS, faultsMs: 40_000 },
      keptSourcesBytes: 1e6,
    });
    const make = world.resizer.answer;
    world.resizer.answer = async (text, spec): Promise<Thumbnail> => {
      const thumbnail = await make(text, spec);
      if (!text.startsWith('damaged')) return thumbnail;
      return { ...thumbnail, original: { ...thumbnail.original, isDamaged: true } };
    };
  });

  const answerWith = (text: string) => {
    world.fetcher.answer = () => Promise.resolve(sourceAnswer(text));
  };
  const get = async () => {
    const { entry, cacheStatus } = await world.service.thumbnail(request, {}, caller());
    return { text: Buffer.from(entry.thumbnail.bytes).toString().split(' ')[0], cacheStatus, entry };
  };

  it('is fresh for as long as an answer that is no image, whatever the source says, and the file is read again then', async () => {
    answerWith('damaged');
    const { entry } = await get();
    expect(entry.freshUntilMs - world.now).to.equal(40_000);
    answerWith('whole');
    world.now += 41_000;
    await get();
    await new Promise(setImmediate);
    const { text, cacheStatus, entry: renewed } = await get();
    expect([text, cacheStatus]).to.deep.equal(['whole', 'hit']);
    expect(renewed.freshUntilMs - world.now).to.equal(HOUR_MS);
  });

  it('does not take the place of one of a sound file', async () => {
    answerWith('whole');
    await get();
    answerWith('damaged');
    world.now += HOUR_MS + 1000;
    await get();
    await new Promise(setImmediate);
    expect((await get()).text).to.equal('whole');
    expect(world.refreshFaults).to.deep.equal([]);
  });

  it('is made in other sizes than the one of which there is a sound one, and does so for too long', async () => {
    answerWith('whole');
    await get();
    answerWith('damaged');
    world.now += HOUR_MS + 1000;
    await get();
    await new Promise(setImmediate);
    const other = requestFor('https://images.example/a.jpg', { size: 64 });
    const { entry } = await world.service.thumbnail(other, {}, caller());
    expect(Buffer.from(entry.thumbnail.bytes).toString()).to.match(/^damaged/);
    world.now += HOUR_MS;
    await get();
    await new Promise(setImmediate);
    expect((await get()).text).to.equal('damaged');
  });

  it('takes the place of an earlier one', async () => {
    answerWith('damaged-early');
    await get();
    answerWith('damaged-late');
    world.now += 61_000;
    await get();
    await new Promise(setImmediate);
    expect((await get()).text).to.equal('damaged-late');
  });
});

describe('an animation with a damaged frame', () => {
  it('is remembered as a fault of animations alone, whichever is asked for first', async () => {
    const world = harness({ requests: { animations: 'open' } });
    world.fetcher.answer = () => Promise.resolve(sourceAnswer('film'));
    const make = world.resizer.answer;
    world.resizer.answer = (text, spec) =>
      spec.animation === undefined ? make(text, spec) : Promise.reject(new CorruptImageError());
    const film = requestFor('https://images.example/film.gif', { size: 64, animated: true });
    const still = requestFor('https://images.example/film.gif', { size: 64 });
    const faultOf = async () => rejection(world.service.thumbnail(film, {}, caller()));
    expect(await faultOf()).to.have.property('code', 'corrupt-image');
    const { entry } = await world.service.thumbnail(still, {}, caller());
    expect(Buffer.from(entry.thumbnail.bytes).toString()).to.match(/^film/);
    const { resized } = world.resizer;
    expect(await faultOf()).to.have.property('code', 'corrupt-image');
    expect(world.resizer.resized, 'the animation is not tried again').to.equal(resized);
  });
});
