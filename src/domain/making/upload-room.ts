import type { Room } from '../source/incoming-bytes.ts';
import type { Caller } from '../work/requester.ts';
import type { ThumbnailPolicies } from './service-options.ts';

/**
 * A slot for an upload of at most that many bytes, and room that grows with it. Given back by disposing of it.
 *
 * @throws OverloadedError when there is none; the reason of the caller's signal when that aborts
 */
export async function roomForUpload(
  { misses, downloadBytes }: Pick<ThumbnailPolicies, 'misses' | 'downloadBytes'>,
  maxBytes: number,
  { requester, signal }: Caller,
): Promise<Room & Disposable> {
  using held = new DisposableStack();
  held.use(await misses.admit({ cost: 0, requester, signal }));
  const reservation = held.use(downloadBytes.open(maxBytes));
  const slots = held.move();
  return {
    growTo: (bytes) => reservation.growTo(bytes, { requester, signal }),
    complete: (needed) => reservation.complete(needed),
    [Symbol.dispose]: () => slots.dispose(),
  };
}
