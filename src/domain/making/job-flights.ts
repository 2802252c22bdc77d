import { OverloadedError } from '../errors/index.ts';
import { type Caller, Requester } from '../work/requester.ts';
import { SingleFlight } from '../work/single-flight.ts';
import type { Job } from './job.ts';
import type { Made } from './thumbnail-maker.ts';

/** A job that has nobody yet who waits for it. */
export type NewJob = Omit<Job, 'requester'>;

export interface JobFlightsOptions {
  readonly work: (job: Job, signal: AbortSignal) => Promise<Made>;
  /** Told when a job behind an answer has failed. */
  readonly onFailedBehind: (error: unknown) => void;
}

/** Does each job once for all in this process who ask for it at a time. */
export class JobFlights {
  readonly #options: JobFlightsOptions;
  readonly #flights = new SingleFlight<string, Made>();
  /** Apart: a refresh does not join work that may have begun with what the source was before. */
  readonly #refreshes = new SingleFlight<string, Made>();

  constructor(options: JobFlightsOptions) {
    this.#options = options;
  }

  /** What the job asks for; its source is closed once nobody works on it. Rejects as the work does, or where the caller leaves. */
  async make(job: NewJob, caller: Caller): Promise<Made> {
    const flights = job.refresh ? this.#refreshes : this.#flights;
    const own = new DisposableStack();
    own.use(job.source);
    const work = { isOurs: false };
    // After a purge nobody joins work that has begun before it.
    const flight = `${job.keys.thumbnail} ${job.generation ?? ''}`;
    const made = flights.run(flight, caller, ({ requester, signal }) => {
      // An upload that was given back for another's work cannot be worked on any more.
      if (own.disposed && job.source.url === undefined) return Promise.reject(new OverloadedError());
      work.isOurs = true;
      const source = own.disposed ? own : own.move();
      return closing(source, this.#options.work({ ...job, requester }, signal));
    });
    // One that finds the same work under way needs neither the bytes of its upload nor a slot for them.
    own.dispose();
    return work.isOurs ? made : { ...(await made), isCollapsed: true };
  }

  /** Behind the answer: it takes the turns of those who asked, but none can end it by leaving, nor waits for it. */
  makeBehind(job: NewJob, { clients: [client] }: Requester): void {
    const caller = { requester: new Requester(client), signal: new AbortController().signal };
    this.make(job, caller).catch(this.#options.onFailedBehind);
  }
}

/** Closes the source once the work on it has ended. */
async function closing<T>(source: Disposable, work: Promise<T>): Promise<T> {
  using _source = source;
  return await work;
}
