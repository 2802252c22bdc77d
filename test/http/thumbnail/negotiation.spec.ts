import { expect } from 'chai';
import { negotiate } from '../../../src/http/thumbnail/negotiation.ts';

const CASES: Record<string, string> = {
  // Chrome, Firefox and Safari, for <img> and for a page.
  'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8': 'avif-or-webp',
  'image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5': 'avif-or-webp',
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8':
    'avif-or-webp',
  'image/webp,image/avif,image/jxl,image/heic,image/heic-sequence,video/*;q=0.8,image/png,*/*;q=0.5':
    'avif-or-webp',
  'image/avif,*/*': 'avif',
  'image/webp,*/*': 'webp',
  'image/webp': 'webp',
  'IMAGE/WEBP ; Q=0.5': 'webp',
  // Programs: a wildcard promises neither AVIF nor WebP.
  '*/*': 'jpeg-or-png',
  'image/*': 'jpeg-or-png',
  '': 'jpeg-or-png',
  'text/html': 'jpeg-or-png',
  'image/jpeg': 'jpeg',
  'image/png': 'png',
  'image/png,image/jpeg': 'jpeg-or-png',
  'image/*,image/png;q=0': 'jpeg',
  // Weights.
  'image/avif;q=0,image/webp': 'webp',
  'image/avif;q=0.3,image/webp;q=0.7': 'webp',
  'image/avif;q=0.1,*/*': 'jpeg-or-png',
  'image/webp;q=0.9,image/png': 'png',
  'image/avif;q=2,image/webp;q=x': 'jpeg-or-png',
  // A format with transparency, where it is taken at all.
  'image/webp;q=0.3,image/jpeg;q=0.9': 'jpeg-or-webp',
  'image/jpeg,image/avif;q=0.1': 'jpeg-or-avif',
  'image/jpeg,image/avif;q=0.1,image/webp;q=0.1': 'jpeg-or-webp',
  'image/jpeg,image/png;q=0.1': 'jpeg-or-png',
  // A comma in quotation marks ends nothing.
  'image/png;x="a,image/avif,b"': 'png',
  'image/png;x="a\\",image/avif,b"': 'png',
};

describe('negotiate', () => {
  for (const [accept, choice] of Object.entries(CASES)) {
    it(`answers "${accept}" with ${choice}`, () => {
      expect(negotiate(accept)).to.equal(choice);
    });
  }
});
