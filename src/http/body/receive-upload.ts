import type { ThumbnailService } from '../../domain/making/thumbnail-service.ts';
import type { UploadedImage } from '../../domain/request/source.ts';
import { IncomingBytes } from '../../domain/source/incoming-bytes.ts';
import type { Caller } from '../../domain/work/requester.ts';
import { timed } from '../../domain/work/timed.ts';

export interface UploadOptions {
  readonly service: ThumbnailService;
  /** The most bytes that the image can have. */
  readonly maxBytes: number;
  readonly read: (memory: IncomingBytes) => Promise<Uint8Array>;
  readonly caller: Caller;
}

/** Reads an image that is sent here. Nothing is read before there is room for it. */
export async function receiveUpload({
  service,
  maxBytes,
  read,
  caller,
}: UploadOptions): Promise<UploadedImage> {
  using held = new DisposableStack();
  const room = held.use(await service.admitUpload(maxBytes, caller));
  const memory = held.use(new IncomingBytes(maxBytes, room));
  await memory.makeRoom(1);
  const [bytes, receivedMs] = await timed(read(memory));
  memory.complete();
  const kept = held.move();
  return { bytes, receivedMs, [Symbol.dispose]: () => kept.dispose() };
}
