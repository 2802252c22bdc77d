import { Hosts } from '../domain/source/hosts.ts';
import { Admission, type AdmissionLimits, type Work } from '../domain/work/admission.ts';
import { MemoryPool, type MemoryPoolOptions } from '../domain/work/memory-pool.ts';
import { rejected } from '../domain/work/rejected.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Bound, OperationObserver } from '../ports/operation-observer.ts';
import type { Instruments } from './instruments.ts';

/** The admission of one bound, in sight of the instruments. */
export function createAdmission(bound: Bound, limits: AdmissionLimits, instruments: Instruments): Admission {
  const admission = admissionOf(bound, limits, instruments);
  instruments.onAdmission?.(bound, admission);
  return admission;
}

/** Memory that bodies reserve as they come in, in sight of the instruments. */
export function createMemoryPool(
  bound: Bound,
  options: Omit<MemoryPoolOptions, 'onWait'>,
  { onOperation, onAdmission }: Instruments,
): MemoryPool {
  const onWait = onOperation && (() => onOperation({ name: 'wait', bound }));
  const pool = new MemoryPool({ ...options, onWait });
  onAdmission?.(bound, pool);
  return pool;
}

/** The hosts of sources, each with an admission of its own, in sight of the instruments as one. */
export function createHosts(
  limits: Omit<AdmissionLimits, 'budget'>,
  instruments: Instruments,
  logger: Logger,
): Hosts {
  const hosts = new Hosts({
    admission: () => admissionOf('hosts', { ...limits, budget: 0 }, instruments),
    now: () => performance.now(),
    onSuspended: (sourceHost, pauseMs) => {
      instruments.onSlowHost?.(sourceHost);
      logger.warn(
        { sourceHost, pauseMs: Math.round(pauseMs) },
        'an image host does not answer in time; it is asked less',
      );
    },
    onRecovered: (sourceHost) => logger.info({ sourceHost }, 'an image host answers in time again'),
  });
  instruments.onHosts?.(hosts);
  return hosts;
}

function admissionOf(bound: Bound, limits: AdmissionLimits, { onOperation }: Instruments): Admission {
  return onOperation === undefined
    ? new Admission(limits)
    : new ObservedAdmission(limits, bound, onOperation);
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
      ended(rejected(error, work.signal));
      throw error;
    }
  }
}
