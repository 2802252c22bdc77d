import { expect } from 'chai';
import { ThumbnailerError } from '../../../src/domain/errors/index.ts';
import { openImage, openWholeImage } from '../../../src/domain/image/image-file.ts';
import { readImageHeader } from '../../../src/domain/image/image-header.ts';
import {
  AC_SCAN,
  DC_SCAN,
  type HostileJpeg,
  emptyBlocks,
  hostileJpeg,
  jpegSegment,
} from '../../../scripts/kit/hostile-images/jpeg.ts';
import { photograph } from '../../../scripts/kit/images.ts';
import { processorMsOf } from '../../support/processor-time.ts';

const LIMITS = { inputFormats: ['jpeg'], maxPixels: 50e6 } as const;
const SIDES = { width: 4000, height: 4000 };
const SCAN = { ...AC_SCAN, data: emptyBlocks(500 * 500) };

describe('scans of a JPEG', () => {
  const headerOf = (jpeg: Buffer) => readImageHeader('jpeg', jpeg);
  const msOf = (jpeg: Buffer) => headerOf(jpeg)?.structureMs ?? NaN;
  const msOfScans = (scans: HostileJpeg['scans']) => msOf(hostileJpeg({ ...SIDES, scans }));

  it('of what encoders write take a small part of what they may', async () => {
    const photo = photograph({ width: 2000, height: 1500 });
    expect(msOf(await photo.clone().jpeg().toBuffer())).to.equal(0);
    const encodings = [
      { progressive: true },
      { progressive: true, chromaSubsampling: '4:4:4' },
      { mozjpeg: true },
    ];
    for (const options of encodings) {
      expect(msOf(await photo.clone().jpeg(options).toBuffer())).to.be.within(20, 250);
    }
  });

  it('are counted over the whole file, by the samples that each goes over', () => {
    const once = msOfScans([DC_SCAN, SCAN]);
    expect(msOfScans([DC_SCAN, ...Array<typeof SCAN>(51).fill(SCAN)]) / once).to.be.closeTo(26, 0.1);
    const three = (components: number[]) =>
      msOf(hostileJpeg({ ...SIDES, components: 3, scans: [{ ...DC_SCAN, components }] }));
    expect(three([1, 2, 3]) / three([2])).to.be.closeTo(3, 0.01);
    // Of components that are stored in parts of their own, without being progressive.
    const parts = hostileJpeg({ ...SIDES, frame: 0xc0, components: 3, scans: [DC_SCAN, DC_SCAN] });
    expect(msOf(parts)).to.be.greaterThan(once * 0.9);
    expect(msOf(hostileJpeg({ ...SIDES, frame: 0xca, scans: [DC_SCAN, SCAN] })) / once).to.be.closeTo(
      10,
      0.1,
    );
  });

  it('are counted behind whatever a decoder skips, and not where it sees none', () => {
    const [once, twice] = [msOfScans([DC_SCAN]), msOfScans([DC_SCAN, SCAN])];
    const hidden = hostileJpeg({ ...SIDES, scans: [SCAN] });
    const ahead: Readonly<Record<string, readonly [Buffer, number]>> = {
      'fill bytes': [Buffer.alloc(1000, 0xff), twice],
      'stray bytes': [Buffer.from('stray\xff\0\xff\0', 'latin1'), twice],
      'a restart': [Buffer.of(0xff, 0xd3), twice],
      'a height': [jpegSegment(0xdc, [0, 1]), twice],
      'a segment that says it has no length': [Buffer.of(0xff, 0xe5, 0, 0), twice],
      'a segment with a JPEG in it': [jpegSegment(0xe1, hidden), twice],
      'a comment with a scan in it': [jpegSegment(0xfe, Buffer.of(0xff, 0xda, 0, 8)), twice],
      'the end of the image': [Buffer.of(0xff, 0xd9), once],
    };
    for (const [what, [bytes, expected]] of Object.entries(ahead)) {
      expect(msOfScans([DC_SCAN, { ...SCAN, ahead: bytes }]), what).to.equal(expected);
    }
  });

  it('count with what stands between them, which a decoder keeps', () => {
    const kept = { ...SCAN, ahead: jpegSegment(0xe2, Buffer.alloc(60_000)) };
    const bytesOf = (scans: HostileJpeg['scans']) =>
      headerOf(hostileJpeg({ ...SIDES, scans }))?.metadataBytes ?? 0;
    expect(bytesOf([DC_SCAN, kept, kept]) - bytesOf([DC_SCAN, SCAN, SCAN])).to.be.greaterThan(120_000);
  });

  it('are refused where they take too long, of a part at once, of a whole file where it is decoded', () => {
    const bytes = hostileJpeg({ ...SIDES, scans: [DC_SCAN, ...Array<typeof SCAN>(500).fill(SCAN)] });
    expect(bytes.length).to.be.below(20_000);
    expect(codeOf(() => openImage({ bytes, isPart: true, wholeBytes: undefined }, LIMITS))).to.equal(
      'image-too-expensive',
    );
    expect(codeOf(() => openWholeImage(bytes, LIMITS))).to.equal(undefined);
  });

  it('are walked in time that grows with the file, whatever is in it', async () => {
    const head = hostileJpeg({ ...SIDES, scans: [DC_SCAN] }).subarray(0, -2);
    for (const pattern of [
      'ff',
      'ff00',
      'ffda',
      'ffda0002',
      'ff01',
      'ffd0',
      'ffe00000',
      '00',
      'ff00000000',
    ]) {
      const jpeg = Buffer.concat([head, Buffer.alloc(20 * 2 ** 20, pattern, 'hex')]);
      expect(await processorMsOf(() => headerOf(jpeg)), pattern).to.be.below(1500);
    }
  });
});

function codeOf(work: () => void): string | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof ThumbnailerError) return error.code;
    throw error;
  }
  return undefined;
}
