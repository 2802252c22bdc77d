import { expect } from 'chai';
import { translateSharpError } from '../../../src/adapters/resize-sharp/sharp-errors.ts';

const LIMITS = { inputFormats: ['jpeg'], maxPixels: 1e6 } as const;

describe('resize-sharp: errors', () => {
  const codeOf = (message: string, code?: string) => {
    const cause = Object.assign(new Error(message), code === undefined ? {} : { code });
    const error = translateSharpError(cause, LIMITS);
    expect(error).to.have.property('cause', cause);
    return (error as { code: string }).code;
  };

  for (const message of [
    'out of memory -- size == 512MB',
    'VipsJpeg: Insufficient memory (case 4)',
    'VipsJpeg: Out of memory',
    'pngload_buffer: insufficient memory',
    'webpload_buffer: unable to allocate read buffer',
    'heif: Memory allocation error: Unspecified',
    'heif: Error: Failed to allocate frame buffer',
    'Array buffer allocation failed',
    'gifload_buffer: Could not allocate memory',
    'glib: Too many open files',
  ]) {
    it(`are nobody's fault where a decoder says: ${message}`, () =>
      expect(codeOf(message)).to.equal('overloaded'));
  }

  it("are nobody's fault where the system says so by its code", () => {
    for (const code of ['ENOMEM', 'EMFILE', 'ENFILE', 'ERR_MEMORY_ALLOCATION_FAILED']) {
      expect(codeOf('it failed', code)).to.equal('overloaded');
    }
  });

  it("are the image's fault otherwise", () => {
    expect(codeOf('Input buffer contains unsupported image format')).to.equal('unsupported-image');
    expect(codeOf('Input image exceeds pixel limit')).to.equal('image-too-large');
    for (const message of [
      'VipsJpeg: Premature end of JPEG file',
      'heif: Memory allocation error: Security limit exceeded: Allocating 9 GB exceeds the security limit',
      'a text that says memory',
    ]) {
      expect(codeOf(message), message).to.equal('corrupt-image');
    }
  });
});
