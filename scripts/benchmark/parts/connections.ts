import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { putAtDistance } from '../../kit/distance.ts';
import { photograph } from '../../kit/images.ts';
import { type Origin, startOrigin } from '../../kit/origin.ts';
import { selfSignedCertificate } from '../../kit/self-signed-certificate.ts';
import { problemOf, thumbnail } from '../asks.ts';
import type { Bench, Subject } from '../bench.ts';
import { ask, measure, walk } from '../load.ts';

/** In each direction, as to another region of a cloud or another country. */
const DELAY_MS = 20;
const MISSES = 40;
const FEW_MISSES = 5;

/** What it saves that connections to image hosts are kept: small misses over TLS from afar, and where the host closes them. */
export async function measureConnections(bench: Bench): Promise<void> {
  if (!bench.isLocal) {
    bench.leaveOut('kept connections', 'the image host would be far from a service elsewhere');
    return;
  }
  await using host = await DistantHost.start();
  await using service = await bench.start('connections', { NODE_EXTRA_CA_CERTS: host.authority });
  const misses = (isKept: boolean) => () => smallMisses(bench, service, host, isKept);
  for (const isKept of [true, false]) await misses(isKept)();
  const closed = { title: 'closed by the host', goal: 1.67, run: misses(false) };
  const title = `small misses over TLS, ${DELAY_MS} ms away`;
  await bench.takeTurns({ id: 'connections', title }, misses(true), [closed]);
  await service.end();
}

function smallMisses(bench: Bench, service: Subject, host: DistantHost, isKept: boolean) {
  return measure(service.pid, () =>
    walk(host.freshUrls(isKept, bench.options.quick ? FEW_MISSES : MISSES), 1, async (url) => {
      const answer = await ask(service.url, thumbnail(url, 64, 'webp'));
      const problem = problemOf(answer, 'miss');
      if (problem !== undefined) bench.fault(`connections: ${problem}`);
    }),
  );
}

/** An image host behind a slow network. */
class DistantHost implements AsyncDisposable {
  /** The file with the certificate that its clients are to trust. */
  readonly authority: string;
  readonly #port: number;
  readonly #held: AsyncDisposableStack;
  #serial = 0;

  static async start(): Promise<DistantHost> {
    await using held = new AsyncDisposableStack();
    const certificate = selfSignedCertificate('localhost');
    const folder = await mkdtemp(join(tmpdir(), 'benchmark-'));
    held.defer(() => rm(folder, { recursive: true, force: true }));
    const authority = join(folder, 'authority.pem');
    await writeFile(authority, certificate.cert);
    const origin: Origin = held.use(await startOrigin({ certificate }));
    const body = await photograph({ width: 320, height: 240 }).jpeg({ quality: 60 }).toBuffer();
    origin.serve('/kept', { body }).serve('/closed', { body, headers: { connection: 'close' } });
    const { port } = held.use(await putAtDistance(origin.port, DELAY_MS));
    return new DistantHost(authority, port, held.move());
  }

  private constructor(authority: string, port: number, held: AsyncDisposableStack) {
    this.authority = authority;
    this.#port = port;
    this.#held = held;
  }

  /** Addresses that nobody has asked for yet. */
  freshUrls(isKept: boolean, count: number): string[] {
    const path = isKept ? 'kept' : 'closed';
    return Array.from({ length: count }, () => {
      this.#serial += 1;
      return `https://localhost:${this.#port}/${path}?${process.pid}-${this.#serial}`;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.disposeAsync();
  }
}
