import { SignatureRequiredError } from '../errors/index.ts';
import type { OptionLimits } from '../request/option.ts';
import type { ThumbnailOptions } from '../request/options.ts';
import { checkOptions } from '../request/request-options.ts';
import type { SourceRequest } from '../request/source-request.ts';
import { type PresentedSignature, type SigningKeys, verifySignature } from './signature.ts';
import { type SourcePolicy, checkSource } from './source-policy.ts';

/** What a request may ask for, unsigned and signed. */
export interface RequestPolicy extends OptionLimits {
  /** `implied`: every request counts as signed, since it comes from the program that this process is. */
  readonly signatures: 'optional' | 'required' | 'implied';
}

export interface AccessOptions {
  readonly requests: RequestPolicy;
  readonly sources: SourcePolicy;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Who may ask for what. */
export class Access {
  readonly #options: AccessOptions;

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /**
   * Whether a request may be served.
   *
   * @throws SignatureRequiredError, SignatureInvalidError, InvalidRequestError or SourceForbiddenError where it may not
   */
  authorise(
    { source, options }: SourceRequest,
    signature: PresentedSignature | undefined,
    keys: SigningKeys,
  ): void {
    this.#checkRequest(options, signature, keys);
    if (source.kind === 'remote') checkSource(source.url, this.#options.sources);
  }

  get hasImpliedSignature(): boolean {
    return this.#options.requests.signatures === 'implied';
  }

  /** Only a signed request may purge. @throws SignatureRequiredError or SignatureInvalidError */
  authorisePurge(signature: PresentedSignature | undefined, keys: SigningKeys): void {
    if (signature === undefined && this.hasImpliedSignature) return;
    if (signature === undefined) throw new SignatureRequiredError('Only a signed request may purge a source');
    verifySignature(signature, keys, this.#options.now());
  }

  /** Whether an unsigned request may be served at all. @throws SignatureRequiredError */
  checkUnsigned(): void {
    if (this.#options.requests.signatures === 'required') throw new SignatureRequiredError();
  }

  #checkRequest(
    options: ThumbnailOptions | undefined,
    signature: PresentedSignature | undefined,
    keys: SigningKeys,
  ): void {
    const { requests, now } = this.#options;
    if (signature === undefined) this.checkUnsigned();
    else verifySignature(signature, keys, now());
    const isSigned = signature !== undefined || this.hasImpliedSignature;
    if (options !== undefined) checkOptions(options, requests, isSigned);
  }
}
