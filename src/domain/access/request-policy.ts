import { InvalidRequestError, SignatureRequiredError } from '../errors/index.ts';
import type { Keyring } from './keyring.ts';
import { verifySignature } from './signature.ts';
import type { ThumbnailRequest } from '../request/thumbnail-request.ts';

/** What a request may ask for, unsigned and signed. */
export interface RequestPolicy {
  /** Sizes in pixels that anyone may ask for. */
  readonly openSizes: readonly number[];
  /** The largest size in pixels that a signed request may ask for. */
  readonly maxSignedSize: number;
  readonly signatures: 'optional' | 'required';
}

/**
 * Whether a request may be served at all.
 *
 * @throws SignatureRequiredError, SignatureInvalidError or InvalidRequestError when it may not
 */
export async function authorise(
  request: Pick<ThumbnailRequest, 'size' | 'signature'>,
  policy: RequestPolicy,
  keyring: Keyring,
  nowMs: number,
): Promise<void> {
  const { signature, size } = request;
  if (signature === undefined) {
    if (policy.signatures === 'required') throw new SignatureRequiredError();
    if (!policy.openSizes.includes(size)) throw sizeNotOpen(size, policy);
    return;
  }
  verifySignature(signature, await keyring.keys(), nowMs);
  if (size > policy.maxSignedSize) {
    throw new InvalidRequestError('size', `The size may be at most ${policy.maxSignedSize} pixels.`);
  }
}

function sizeNotOpen(size: number, policy: RequestPolicy): Error {
  const sizes = policy.openSizes.join(', ');
  return new InvalidRequestError('size', `The size ${size} is not offered. Choose one of ${sizes}.`);
}
