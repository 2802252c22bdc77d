import { Admission, type AdmissionLimits, type Work } from '../domain/work/admission.ts';
import type { Bound, OperationObserver } from '../ports/operation-observer.ts';
import type { Instruments } from './instruments.ts';

/** The admission of one bound, in sight of the instruments. */
export function createAdmission(
  bound: Bound,
  limits: AdmissionLimits,
  { onOperation, onAdmission }: Instruments,
): Admission {
  const admission =
    onOperation === undefined ? new Admission(limits) : new ObservedAdmission(limits, bound, onOperation);
  onAdmission?.(bound, admission);
  return admission;
}

/** Tells an observer how long each waited, and who was shed. */
class ObservedAdmission extends Admission {
  readonly #bound: Bound;
  readonly #observe: OperationObserver;

  constructor(limits: AdmissionLimits, bound: Bound, observe: OperationObserver) {
    super(limits);
    this.#bound = bound;
    this.#observe = observe;
  }

  override async admit(work: Work): Promise<Disposable> {
    const ended = this.#observe({ name: 'wait', bound: this.#bound });
    try {
      const slot = await super.admit(work);
      ended({});
      return slot;
    } catch (error) {
      ended({ error });
      throw error;
    }
  }
}
