import { isOtherProtocol, notHttp, tooManyFields } from './answer-head.ts';

/** As in Chromium. */
export const MAX_HEAD_BYTES = 256 * 1024;

const CR = 0x0d;
const LF = 0x0a;

/** By so many characters it shows whether this is HTTP. */
const TELLING_LENGTH = 8;

/** The text of a head as it comes, each byte looked at once. */
export class HeadText {
  text = '';
  #isAtLineStart = false;

  /** Where the piece goes on behind the head; undefined while the head does. */
  add(piece: Buffer): number | undefined {
    const end = this.#endIn(piece);
    const isOpen = this.text.length < TELLING_LENGTH;
    // Blank lines before the head.
    const from = this.text === '' ? piece.findIndex((byte) => byte !== CR && byte !== LF) : 0;
    if (from !== -1) this.text += piece.toString('latin1', from, end);
    if (this.text.length > MAX_HEAD_BYTES) throw tooManyFields();
    if (isOpen && isOtherProtocol(this.text)) throw notHttp('it does not begin like HTTP');
    return end;
  }

  #endIn(piece: Buffer): number | undefined {
    let hasBegun = this.text !== '';
    for (const [at, byte] of piece.entries()) {
      if (byte === LF && this.#isAtLineStart && hasBegun) return at + 1;
      // A carriage return may stand between two line feeds, as it does in the strict form.
      this.#isAtLineStart = byte === LF || (byte === CR && this.#isAtLineStart);
      hasBegun ||= byte !== CR && byte !== LF;
    }
    return undefined;
  }
}
