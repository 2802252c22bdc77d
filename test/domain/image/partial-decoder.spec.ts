import { expect } from 'chai';
import fc from 'fast-check';
import sharp, { type Sharp } from 'sharp';
import { jpegPlanFor } from '../../../src/domain/image/jpeg-plan.ts';
import { PartialDecoder } from '../../../src/domain/image/partial/partial-decoder.ts';
import { animation, photograph } from '../../../scripts/kit/images.ts';
import { mutate, sampleImages } from '../../../scripts/kit/mutations.ts';
import { randomOf } from '../../../scripts/kit/random.ts';
import { progressiveJpeg } from '../../support/progressive-jpeg.ts';
import { progressOn, progressOnPieces, shortFileFrom } from '../../support/short-files.ts';
import { boxOf } from '../../../scripts/kit/spec.ts';

/** For which chroma's DC coefficients are enough, of the files here. */
const SMALL = boxOf(12);
const COLOUR = [
  [2, 2],
  [1, 1],
  [1, 1],
] as const;

describe('PartialDecoder', () => {
  const photo = photograph({ width: 640, height: 480 });
  const progressive = (image: Sharp = photo, options = {}) =>
    image
      .clone()
      .jpeg({ progressive: true, ...options })
      .toBuffer();
  const kindOf = (file: Buffer, need: Parameters<typeof progressOn>[1] = SMALL) =>
    progressOn(file, need).kind;

  describe('on JPEG', () => {
    const kinds: Readonly<Record<string, () => Promise<Buffer>>> = {
      'in colour': () => progressive(),
      'with full chroma': () => progressive(photo, { chromaSubsampling: '4:4:4' }),
      grey: () => progressive(photo.clone().greyscale()),
      'in four inks': () => progressive(photo.clone().toColourspace('cmyk')),
      'turned, with a profile': () =>
        progressive(photo.clone().withMetadata({ orientation: 6 }).withIccProfile('p3')),
      'with scans chosen by mozjpeg': () => progressive(photo, { optimiseScans: true, mozjpeg: true }),
    };
    for (const [name, make] of Object.entries(kinds)) {
      it(`has enough of a progressive one ${name} when the DC scans have come`, async () => {
        const file = await make();
        const short = shortFileFrom(file, SMALL);
        expect(short?.length).to.be.below(file.length / 2);
        const { width, height, orientation, hasProfile, channels } = await sharp(short).metadata();
        const whole = await sharp(file).metadata();
        expect({ width, height, orientation, hasProfile, channels }).to.deep.equal({
          width: whole.width,
          height: whole.height,
          orientation: whole.orientation,
          hasProfile: whole.hasProfile,
          channels: whole.channels,
        });
      });
    }

    it('has enough of it however its DC scans are laid out', () => {
      const size = { width: 400, height: 300, sampling: COLOUR };
      const comment = Buffer.from([0xff, 0xff, 0xff, 0xfe, 0, 4, 0xff, 0xda]);
      for (const layout of [
        { separate: true },
        { restartInterval: 3 },
        { separate: true, restartInterval: 1 },
        { between: comment },
        { lowestBit: 0 },
      ]) {
        expect(kindOf(progressiveJpeg({ ...size, ...layout })), JSON.stringify(layout)).to.equal('complete');
      }
    });

    it('has enough only where the decoder is asked for an eighth', async () => {
      const file = await progressive();
      for (const [size, fit, kind] of [
        [71, 'inside', 'complete'],
        [72, 'inside', 'read-all'],
        [53, 'cover', 'complete'],
        [54, 'cover', 'read-all'],
      ] as const) {
        expect(kindOf(file, boxOf(size, fit)), `${size} ${fit}`).to.equal(kind);
        const facts = { width: 640, height: 480, progressive: true, quarteredChroma: true };
        expect(jpegPlanFor(facts, boxOf(size, fit)).shrink === 8, 'shrink').to.equal(kind === 'complete');
      }
      expect(kindOf(await progressive(photograph({ width: 2000, height: 8 })))).to.equal('read-all');
    });

    it('needs all of one that something is cut out of', async () => {
      const crop = { x: 0, y: 0, width: 0.5, height: 0.5 };
      expect(kindOf(await progressive(), { ...SMALL, crop })).to.equal('read-all');
    });

    it('needs all of a baseline one', async () => {
      expect(kindOf(await photo.clone().jpeg().toBuffer())).to.equal('read-all');
    });

    it('needs all of any other kind of frame', async () => {
      const file = await progressive();
      const at = file.indexOf(Buffer.of(0xff, 0xc2));
      for (const marker of [0xc0, 0xc1, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf, 0xde]) {
        const other = Buffer.from(file);
        other[at + 1] = marker;
        expect(kindOf(other), marker.toString(16)).to.equal('read-all');
      }
    });

    for (const [what, offset, value] of [
      ['12 bits a sample', 4, 12],
      ['no width', 7, 0],
      ['a count of components that is not its own', 9, 2],
      ['a sampling factor of 0', 11, 0],
      ['two components of one name', 13, 1],
      ['a quantisation table that it does not have', 12, 3],
    ] as const) {
      it(`needs all of a frame with ${what}`, async () => {
        const file = await progressive(photograph({ width: 200, height: 480 }));
        file[file.indexOf(Buffer.of(0xff, 0xc2)) + offset] = value;
        if (what === 'no width') file[file.indexOf(Buffer.of(0xff, 0xc2)) + 8] = 0;
        expect(kindOf(file, boxOf(16))).to.equal('read-all');
      });
    }

    it('needs all of one whose DC coefficients come too coarse', () => {
      const size = { width: 400, height: 300 };
      expect(kindOf(progressiveJpeg({ ...size, lowestBit: 1 }))).to.equal('complete');
      expect(kindOf(progressiveJpeg({ ...size, lowestBit: 3 }))).to.equal('read-all');
    });

    it('waits for the scan that refines DC coefficients which come too coarse', async () => {
      const [fine, coarse] = [await progressive(), await progressive(photo, { quality: 10 })];
      const shareOf = (file: Buffer) =>
        progressOnPieces(file, SMALL, file.keys()).receivedBytes / file.length;
      expect(shareOf(fine)).to.be.below(0.2);
      expect(shareOf(coarse)).to.be.above(0.35);
      expect(kindOf(coarse)).to.equal('complete');
    });

    it('waits for the lowest AC coefficients of chroma where its DC coefficients are too few', async () => {
      const file = await progressive(photo, { quality: 90 });
      const lengthFor = (size: number) => shortFileFrom(file, boxOf(size))?.length;
      expect(lengthFor(21)).to.equal(lengthFor(12));
      expect(lengthFor(22)).to.be.above(1.5 * lengthFor(21)!);
      const full = await progressive(photo, { quality: 90, chromaSubsampling: '4:4:4' });
      const lengths = [12, 71].map((size) => shortFileFrom(full, boxOf(size))?.length);
      expect(lengths[0]).to.equal(lengths[1]);
    });

    it('needs all of one with another scan ahead of the last DC scan', () => {
      const file = progressiveJpeg({ width: 400, height: 300, sampling: COLOUR, separate: true });
      const second = file.indexOf(Buffer.of(0xff, 0xda), file.indexOf(Buffer.of(0xff, 0xda)) + 2);
      for (const [offset, value] of [
        [5, 1], // the first component again
        [5, 9], // one that there is not
        [7, 1], // from AC on
        [8, 63], // up to AC
        [9, 0x10], // a later bit
      ] as const) {
        const odd = Buffer.from(file);
        odd[second + offset] = value;
        expect(kindOf(odd), `${offset}: ${value}`).to.equal('read-all');
      }
    });

    for (const [what, marker] of [
      ['its end', [0xff, 0xd9]],
      ['its height', [0xff, 0xdc, 0, 4, 1, 44]],
      ['no marker', [0xff, 0x02, 0, 2]],
    ] as const) {
      it(`needs all of one in which the DC scans are followed by ${what}`, () => {
        const file = progressiveJpeg({ width: 400, height: 300 });
        const scanAt = file.lastIndexOf(Buffer.of(0xff, 0xda));
        const changed = Buffer.concat([file.subarray(0, scanAt), Buffer.from(marker), file.subarray(scanAt)]);
        expect(kindOf(changed)).to.equal('read-all');
      });
    }
  });

  describe('on animations', () => {
    it('has enough of a GIF with its first frame, unless that is the only one', async () => {
      const file = await animation('gif', 60, 40);
      const short = shortFileFrom(file, SMALL);
      expect(short?.length).to.be.below(file.length / 2);
      expect(short?.at(-1)).to.equal(0x3b);
      expect((await sharp(short).metadata()).pages ?? 1).to.equal(1);
      expect(kindOf(await photo.clone().gif({ effort: 1 }).toBuffer())).to.equal('read-all');
    });

    it('has enough of a WebP with its first frame, unless that is the only one', async () => {
      const file = await animation('webp', 60, 40);
      const short = shortFileFrom(file, SMALL);
      expect(short?.readUInt32LE(4)).to.equal((short?.length ?? 0) - 8);
      expect(short?.subarray(12, 100).equals(file.subarray(12, 100))).to.equal(true);
      expect(short?.length).to.be.below(file.length / 2);
      expect(kindOf(short!)).to.equal('read-all');
      expect(kindOf(await photo.clone().webp().toBuffer())).to.equal('read-all');
    });

    it('needs all of a WebP that has to be turned, or whose profile is not where it should be', async () => {
      for (const flag of [0x08, 0x20]) {
        const file = await animation('webp', 60, 40);
        file[20] = (file[20] ?? 0) | flag;
        expect(kindOf(file)).to.equal('read-all');
      }
    });
  });

  it('needs all of everything else', async () => {
    for (const [name, file] of await sampleImages()) {
      if (/^(png|avif|tiff)/.test(name)) expect(kindOf(file), name).to.equal('read-all');
    }
    expect(kindOf(Buffer.from('<!doctype html><p>no image'))).to.equal('read-all');
  });

  it('needs all of a file that is small', async () => {
    const file = await progressive();
    const kindAt = (announced: number) => new PartialDecoder(SMALL).read(file, announced).kind;
    expect(file.length).to.be.above(32 * 1024);
    expect(kindAt(file.length)).to.equal('complete');
    expect(kindAt(32 * 1024 - 1)).to.equal('read-all');
  });

  it('comes to the same progress however the file comes, and to it as soon as it can', async () => {
    const files = [
      await progressive(),
      progressiveJpeg({ width: 400, height: 300, sampling: COLOUR, separate: true, restartInterval: 4 }),
      await animation('gif', 60, 40),
      await animation('webp', 60, 40),
    ];
    for (const file of files) {
      const byteByByte = progressOnPieces(file, SMALL, Array(file.length).keys());
      expect(byteByByte.progress).to.deep.equal(progressOn(file, SMALL));
      expect(byteByByte.progress.kind).to.equal('complete');
      const cuts = fc.array(fc.nat(file.length), { maxLength: 12 });
      const check = fc.property(cuts, (ends) => {
        const { progress, receivedBytes } = progressOnPieces(
          file,
          SMALL,
          ends.toSorted((a, b) => a - b),
        );
        expect(progress).to.deep.equal(byteByByte.progress);
        expect(receivedBytes).to.be.at.least(byteByByte.receivedBytes);
      });
      fc.assert(check, { numRuns: 50, seed: 3 });
    }
  });

  it('neither throws on bytes of any kind nor has enough of what has not come', async () => {
    const samples = [...(await sampleImages()).values()];
    const files = [
      ...samples,
      progressiveJpeg({ width: 400, height: 300, sampling: COLOUR, separate: true }),
    ];
    const random = randomOf(4);
    for (let time = 0; time < 60; time += 1) {
      for (const sample of files) {
        const file = mutate(sample, samples, random);
        const half = Math.floor(file.length * random());
        const { progress, receivedBytes } = progressOnPieces(file, boxOf(8), [half]);
        if (progress.kind !== 'complete') continue;
        // Where the bytes that came end in the short file, what has been appended begins.
        expect(progress.edits.every(({ at }) => at <= receivedBytes)).to.equal(true);
        const ends = progress.edits.map(({ at, bytes }) => at + bytes.length);
        expect(Math.max(...ends)).to.be.at.most(progress.length);
      }
    }
    const check = fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      for (const head of ['ffd8', '474946383961', '524946460000000057454250565038580a00000002']) {
        progressOn(Buffer.concat([Buffer.from(head, 'hex'), bytes]), SMALL);
      }
    });
    fc.assert(check, { numRuns: 1000, seed: 5 });
  });

  it('comes to an end soon on a file of many empty parts, and takes single bytes', () => {
    const repeated = (head: string, part: string, count: number) =>
      Buffer.concat([Buffer.from(head, 'hex'), Buffer.alloc((part.length / 2) * count, part, 'hex')]);
    expect(kindOf(repeated('ffd8', 'ffe00002', 1e6))).to.equal('read-all');
    expect(kindOf(repeated('ffd8', 'ff', 4e6))).to.equal('need-more');
    expect(kindOf(repeated('47494638396101000100000000', '21ff00', 1e6))).to.equal('read-all');
    expect(kindOf(repeated('474946383961010001000000002101', '0100', 1e6))).to.equal('need-more');
    const chunks = repeated('52494646ffffffff57454250565038580a000000', '02000000000000000000', 1);
    expect(kindOf(Buffer.concat([chunks, Buffer.alloc(8e6, '5858585800000000', 'hex')]))).to.equal(
      'read-all',
    );
    const dribble = repeated('ffd8', 'ff', 200_000);
    expect(progressOnPieces(dribble, SMALL, Array(dribble.length).keys()).progress.kind).to.equal(
      'need-more',
    );
  });
});
