import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { startDecoderEarly } from '../../../src/adapters/resize-isolated/index.ts';
import { childrenOf } from '../../../scripts/kit/processes.ts';
import { decoderOrder } from '../../support/decoder-order.ts';
import { isolatedOptions, isolatedResizer } from '../../support/isolated-resizer.ts';
import { until } from '../../support/metrics.ts';

const program = new URL('../../support/misbehaving-decoder.ts', import.meta.url).pathname;

describe('A decoder that is started before all else', () => {
  const held = new AsyncDisposableStack();
  const create = () => {
    const resizer = isolatedResizer({ program });
    held.defer(() => resizer.close());
    return resizer;
  };
  /** @returns its process id */
  const startEarly = async () => {
    const before = await childrenOf(process.pid);
    startDecoderEarly(isolatedOptions({ program }).program);
    const [pid] = (await childrenOf(process.pid)).filter((child) => !before.includes(child));
    return pid!;
  };

  before(function () {
    if (!existsSync('/proc/self/status')) this.skip();
  });
  after(() => held.disposeAsync());

  it('is the first that works on an image, and works once', async () => {
    const pid = await startEarly();
    expect(await decoderOrder(create(), 'pid')).to.equal(String(pid));
    expect(await decoderOrder(create(), 'pid')).not.to.equal(String(pid));
  });

  it('may have died by then', async () => {
    const pid = await startEarly();
    process.kill(pid, 'SIGKILL');
    await until(async () => !(await childrenOf(process.pid)).includes(pid));
    expect(await decoderOrder(create(), 'pid')).to.match(/^\d+$/);
  });

  it('ends nothing where it cannot be started', async () => {
    const tooLong = { path: program, arguments: ['x'.repeat(4 * 1024 ** 2)] };
    expect(() => startDecoderEarly(tooLong)).not.to.throw();
    expect(await decoderOrder(create(), 'pid')).to.match(/^\d+$/);
  });

  it('is left to its own program', async () => {
    const pid = await startEarly();
    const other = isolatedResizer({ program, limits: { inputFormats: ['png'], maxPixels: 1 } });
    held.defer(() => other.close());
    expect(await decoderOrder(other, 'pid')).not.to.equal(String(pid));
    expect(await decoderOrder(create(), 'pid')).to.equal(String(pid));
  });
});
