import { expect } from 'chai';
import sharp from 'sharp';
import { hostileDrawings } from '../../scripts/kit/hostile-images/svg.ts';
import { aSmallTaskUnderAttack, ask, expectNothingInternal, expectUnharmed } from '../support/attack.ts';

/** Three seconds of processor time, and what a busy machine adds. */
const SLOWEST_MS = 60_000;

describe('attacks by drawings', function () {
  this.timeout(240_000);
  const attacked = aSmallTaskUnderAttack();

  async function thumbnailOf(drawing: string | Buffer, name: string) {
    const path = `/${encodeURIComponent(name)}`;
    attacked.origin.serve(path, { body: drawing, type: 'image/svg+xml' });
    return ask(attacked.service, attacked.origin.url(path), { format: 'png' });
  }

  it('18: SVG that reads files and calls hosts is drawn without them', async () => {
    const link = attacked.origin.url('/called');
    const drawings = [
      `<!DOCTYPE svg [<!ENTITY x SYSTEM "${link}"><!ENTITY % y SYSTEM "${link}">%y;]><svg xmlns="http://www.w3.org/2000/svg"><text>&x;</text></svg>`,
      '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg"><text>&x;</text></svg>',
      `<!DOCTYPE svg SYSTEM "${link}"><svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>`,
      `<svg xmlns="http://www.w3.org/2000/svg"><image width="90" height="90" href="${link}"/><image width="90" height="90" href="file:///proc/self/environ"/></svg>`,
      `<?xml-stylesheet href="${link}"?><svg xmlns="http://www.w3.org/2000/svg"><style>@import url(${link}); @font-face { font-family: x; src: url(${link}) }</style><text y="20" font-family="x">x</text></svg>`,
      `<svg xmlns="http://www.w3.org/2000/svg"><use href="${link}#x"/><rect width="9" height="9" fill="url(${link}#x)" filter="url(${link}#x)"/></svg>`,
      `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="${link}" parse="text"/></svg>`,
      `<svg xmlns="http://www.w3.org/2000/svg" onload="fetch('${link}')"><script href="${link}"/><script>fetch('${link}')</script><foreignObject width="90" height="90"><img xmlns="http://www.w3.org/1999/xhtml" src="${link}"/></foreignObject></svg>`,
    ];
    for (const [at, drawing] of drawings.entries()) {
      const answer = await thumbnailOf(drawing, `reading-${at}`);
      expect(answer.status, drawing).to.be.oneOf([200, 422]);
    }
    expect(attacked.origin.hits('/called')).to.equal(0);
  });

  it('18: a file that a drawing names is in no thumbnail, wherever it lies', async () => {
    const named = '<image width="300" height="200" href="file:///app.svg"/>';
    const plain = '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20">NAMED</svg>';
    const answer = await thumbnailOf(plain.replace('NAMED', named), 'named');
    const { channels } = await sharp(answer.body).stats();
    expect(channels.at(-1)?.max).to.equal(0);
  });

  it('18: drawings that would take minutes or gigabytes are drawn or refused within bounds', async () => {
    for (const [name, drawing] of hostileDrawings()) {
      const before = performance.now();
      const answer = await thumbnailOf(drawing, name);
      expect(answer.status, `${name}: ${answer.code}`).to.be.oneOf([200, 422]);
      expect(performance.now() - before, name).to.be.below(SLOWEST_MS);
      expectNothingInternal(answer.status === 200 ? '' : answer.body.toString(), name);
      await expectUnharmed(attacked.service);
    }
  });
});
