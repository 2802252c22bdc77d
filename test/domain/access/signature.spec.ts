import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import {
  InvalidRequestError,
  SignatureInvalidError,
  SignatureRequiredError,
} from '../../../src/domain/errors/index.ts';
import { parseSigningKeys, textToSign, verifySignature } from '../../../src/domain/access/signature.ts';
import { rejection } from '../../support/rejection.ts';
import { caller, harness, requestFor } from '../../support/service.ts';

const OLD = Buffer.alloc(32, 'old');
const NEW = Buffer.alloc(32, 'new');
const KEYS = `2026:${NEW.toString('base64url')},2025:${OLD.toString('base64url')}`;
const EXPIRES = 1_900_000_000;

function presented(text: string, keyId = '2026', key: Buffer = NEW, expires = EXPIRES) {
  const mac = createHmac('sha256', key).update(text).digest('base64url');
  return { keyId, expires, mac, signedText: text };
}

describe('textToSign', () => {
  it('sorts the parameters, leaves the signature away, and encodes them as a form does', () => {
    const query = new URLSearchParams({
      url: 'https://images.example/a b.jpg?x=1&y=ä',
      size: '300',
      signature: 'whatever',
      key: '2026',
      expires: '1900000000',
    });
    expect(textToSign('GET /thumbnail', query)).to.equal(
      'GET /thumbnail?expires=1900000000&key=2026&size=300&url=https%3A%2F%2Fimages.example%2Fa+b.jpg%3Fx%3D1%26y%3D%C3%A4',
    );
  });
});

describe('the example of docs/http-api.md', () => {
  it('is true', async () => {
    const key = Buffer.from(Array.from({ length: 32 }, (_, index) => index));
    const expires = 1_900_000_000;
    const query = new URLSearchParams({ url: 'https://example.com/photo.jpg', size: '300', key: '2026' });
    query.set('expires', String(expires));
    const document = await readFile(new URL('../../../docs/http-api.md', import.meta.url), 'utf8');
    const [, mac = ''] = /the signature of this request is\n`([\w-]+)`/.exec(document) ?? [];
    const presented = { keyId: '2026', expires, mac, signedText: textToSign('GET /thumbnail', query) };
    verifySignature(presented, new Map([['2026', key]]), (expires - 1) * 1000);
  });
});

describe('verifySignature', () => {
  const keys = parseSigningKeys(KEYS);
  const now = (EXPIRES - 1) * 1000;

  it('accepts a signature of any key that is known', () => {
    verifySignature(presented('text'), keys, now);
    verifySignature(presented('text', '2025', OLD), keys, now);
  });

  it('refuses another text, an unknown key, a key under another id, and a wrong length', () => {
    for (const wrong of [
      { ...presented('text'), signedText: 'texT' },
      presented('text', '2024'),
      presented('text', '2025', NEW),
      { ...presented('text'), mac: '' },
      { ...presented('text'), mac: `${presented('text').mac}AA` },
      presented('text', 'unknown', Buffer.from('')),
    ]) {
      expect(() => verifySignature(wrong, keys, now)).to.throw(SignatureInvalidError, "doesn't match");
    }
  });

  it('says which text has to be signed, to those who sent the request and not to the log', () => {
    const sentence = 'this is the text to sign: GET /thumbnail?a=b';
    const of = (keyId: string) => ({
      ...presented('GET /thumbnail?c=d', keyId),
      signedText: 'GET /thumbnail?a=b',
    });
    for (const [keyId, reason] of [
      ['2026', 'the signature is of another text'],
      ['2024', 'the key is unknown'],
    ] as const) {
      expect(() => verifySignature(of(keyId), keys, now))
        .to.throw(SignatureInvalidError, sentence)
        .with.nested.property('cause.message', reason);
    }
  });

  it('accepts one spelling of a signature', () => {
    const { mac } = presented('text');
    const bytes = Buffer.from(mac, 'base64url');
    const spellings = [
      `${mac}=`,
      bytes.toString('base64'),
      `${mac.slice(0, 10)}!${mac.slice(10)}`,
      ` ${mac}`,
      // The code of this letter, cut to a byte, is that of the first one.
      String.fromCharCode(mac.charCodeAt(0) + 256) + mac.slice(1),
      ...othersOfLastLetter(mac),
    ];
    for (const spelling of spellings) {
      expect(Buffer.from(spelling, 'base64url').equals(bytes) || spelling.length === 43, spelling).to.equal(
        true,
      );
      expect(() => verifySignature({ ...presented('text'), mac: spelling }, keys, now), spelling).to.throw(
        SignatureInvalidError,
      );
    }
  });

  it('refuses a genuine one whose time is over, and says so', () => {
    expect(() => verifySignature(presented('text'), keys, EXPIRES * 1000)).to.throw(
      SignatureInvalidError,
      'expired',
    );
  });
});

/** The last of 43 letters has two bits that nothing is in: four letters decode to the same bytes. */
function othersOfLastLetter(mac: string): string[] {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const bytes = Buffer.from(mac, 'base64url');
  const spellings = letters.split('').map((letter) => mac.slice(0, -1) + letter);
  return spellings.filter((other) => other !== mac && Buffer.from(other, 'base64url').equals(bytes));
}

describe('parseSigningKeys', () => {
  it('keeps the order, the first being the one that signs', () => {
    expect([...parseSigningKeys(KEYS).keys()]).to.deep.equal(['2026', '2025']);
  });

  it('refuses what is malformed, short or repeated, without repeating a key', () => {
    const short = Buffer.alloc(31, 'k').toString('base64url');
    for (const text of ['', 'nokey', ':abc', `a:${short}`, `${KEYS},2025:${OLD.toString('base64url')}`]) {
      expect(() => parseSigningKeys(text), text)
        .to.throw(Error)
        .with.property('message')
        .that.does.not.include(short);
    }
  });
});

describe('signed and unsigned requests', () => {
  const url = 'http://images.example/a.jpg';
  const signed = (size: number) =>
    [requestFor(url, { size }), { signature: presented('text') }, caller()] as const;

  it('refuses an unsigned size that is not offered', async () => {
    const { service } = harness();
    const error = await rejection(service.thumbnail(requestFor(url, { size: 100 }), {}, caller()));
    expect(error).to.be.instanceOf(InvalidRequestError);
  });

  it('makes any size up to the largest for a signed request', async () => {
    const { service } = harness({ secrets: { 'signing-keys': KEYS }, requests: { maxSignedSize: 2048 } });
    expect((await service.thumbnail(...signed(2048))).entry.thumbnail.width).to.equal(2048);
    expect(await rejection(service.thumbnail(...signed(2049)))).to.be.instanceOf(InvalidRequestError);
  });

  it('refuses unsigned requests altogether where signatures are required', async () => {
    const { service } = harness({ secrets: { 'signing-keys': KEYS }, requests: { signatures: 'required' } });
    expect(await rejection(service.thumbnail(requestFor(url), {}, caller()))).to.be.instanceOf(
      SignatureRequiredError,
    );
    expect((await service.thumbnail(...signed(128))).cacheStatus).to.equal('miss');
  });

  it('goes on with the keys it had when new ones cannot be read, and says so once', async () => {
    const h = harness({ secrets: { 'signing-keys': KEYS } });
    await h.service.thumbnail(...signed(128));
    h.secrets.secrets = { 'signing-keys': 'slip of the hand' };
    for (let time = 0; time < 2; time += 1) await h.service.thumbnail(...signed(128));
    expect(h.keyFaults).to.have.length(1);
    h.secrets.secrets = {};
    expect(await rejection(h.service.thumbnail(...signed(128)))).to.be.instanceOf(SignatureInvalidError);
  });

  it('sees a key that was rotated in, and one that was taken out', async () => {
    const h = harness({ secrets: {} });
    expect(await rejection(h.service.thumbnail(...signed(128)))).to.be.instanceOf(SignatureInvalidError);
    h.secrets.secrets = { 'signing-keys': KEYS };
    await h.service.thumbnail(...signed(128));
    h.secrets.secrets = { 'signing-keys': `2025:${OLD.toString('base64url')}` };
    expect(await rejection(h.service.thumbnail(...signed(128)))).to.be.instanceOf(SignatureInvalidError);
  });
});
