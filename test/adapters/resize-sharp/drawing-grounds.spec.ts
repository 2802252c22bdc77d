import { expect } from 'chai';
import { pixelsOf } from '../../../scripts/kit/images.ts';
import { specOf } from '../../../scripts/kit/spec.ts';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import { INPUT_FORMATS } from '../../../src/domain/image/formats.ts';
import { openWholeImage } from '../../../src/domain/image/image-file.ts';

const LIMITS = { inputFormats: INPUT_FORMATS, maxPixels: 1e6 };
const resizer = new SharpImageResizer(LIMITS);

const DISC = '<circle cx="50" cy="50" r="20" fill="#0000c8"/>';
const YELLOW = [255, 220, 0, 255];
const NOTHING = [0, 0, 0, 0];

/** The pixels in the first corner, in the middle and in the last corner, red, green, blue and alpha each. */
async function drawn(attributes: string, content = DISC, prefix = ''): Promise<number[][]> {
  const namespace = prefix === '' ? 'xmlns' : `xmlns:${prefix.slice(0, -1)}`;
  const svg = `<${prefix}svg ${namespace}="http://www.w3.org/2000/svg" ${attributes}>${content}</${prefix}svg>`;
  const file = openWholeImage(Buffer.from(svg), LIMITS);
  const { bytes } = await resizer.resize(file, specOf({ size: 100, format: 'png' }), new AbortController());
  const { data, width, height, channels } = await pixelsOf(bytes);
  const at = (x: number, y: number) => {
    const pixel = [...data.subarray((y * width + x) * channels, (y * width + x + 1) * channels)];
    return channels === 3 ? [...pixel, 255] : pixel;
  };
  return [at(0, 0), at(width >> 1, height >> 1), at(width - 1, height - 1)];
}

describe('resize-sharp: the ground of a drawing', () => {
  const SHAPE = 'viewBox="0 0 100 100"';

  for (const style of [
    'background:#ffdc00',
    'max-width: 40px; background-color: rgb(255, 220, 0);',
    'width:100px;height:100px;BACKGROUND: #ffdc00 !important',
    'background: #ffdc00; background-color: light-dark(#ffdc00, var(--dark, #121212));',
  ]) {
    it(`is the colour of its root's style: ${style}`, async () => {
      expect(await drawn(`${SHAPE} style="${style}"`)).to.deep.equal([YELLOW, [0, 0, 200, 255], YELLOW]);
    });
  }

  for (const style of [
    'enable-background:new 0 0 100 100',
    'background:none',
    'background:transparent',
    'background:inherit',
    'background:no-colour',
    'background:url(x.png) #ffdc00',
  ]) {
    it(`is transparent without a plain colour: ${style}`, async () => {
      expect(await drawn(`${SHAPE} style="${style}"`)).to.deep.equal([NOTHING, [0, 0, 200, 255], NOTHING]);
    });
  }

  it('reaches to where its viewBox does not', async () => {
    for (const shape of [
      'width="40" height="100" viewBox="-900 70 100 100"',
      'width="100" height="30" viewBox="5 5 10 20"',
    ]) {
      expect(await drawn(`${shape} style="background:#ffdc00"`, ''), shape).to.deep.equal([
        YELLOW,
        YELLOW,
        YELLOW,
      ]);
    }
  });

  it('is that of its root alone, whatever else has a style', async () => {
    const rules = '<style>rect{fill:red;stroke:blue;stroke-width:50;opacity:.5}</style>';
    const [corner] = await drawn(`${SHAPE} fill="red" fill-opacity=".3" style="background:#ffdc00"`, rules);
    expect(corner).to.deep.equal(YELLOW);
    expect(await drawn(SHAPE, '<g style="background:#ffdc00"/>')).to.deep.equal([NOTHING, NOTHING, NOTHING]);
  });

  it('counts under any prefix', async () => {
    expect(await drawn(`${SHAPE} style="background:#ffdc00"`, '', 'svg:')).to.deep.equal([
      YELLOW,
      YELLOW,
      YELLOW,
    ]);
  });
});
