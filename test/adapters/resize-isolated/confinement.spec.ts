import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect } from 'chai';
import { IsolatedImageResizer, type Renewal } from '../../../src/adapters/resize-isolated/index.ts';
import { isInstalled } from '../../support/describe-with.ts';
import { decoderOrder } from '../../support/decoder-order.ts';
import { isolatedOptions } from '../../support/isolated-resizer.ts';

const GIB = 1024 ** 3;
const ALL = { filesLeft: 0, written: 0, core: 0 };
const usual = new URL('../../support/misbehaving-decoder.ts', import.meta.url).pathname;
const limited = new URL('../../support/limited-decoder.ts', import.meta.url).pathname;

describe('The limits of the kernel on a decoder', function () {
  const path = process.env['PATH'] ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'prlimit-'));
  let resizer: IsolatedImageResizer;
  const failures: string[] = [];

  before(function () {
    if (!isInstalled('prlimit')) this.skip();
  });
  afterEach(async () => {
    process.env['PATH'] = path;
    failures.length = 0;
    await resizer.close();
  });
  after(() => rmSync(folder, { recursive: true }));

  const open = (program: string, renewal?: Partial<Renewal>) => {
    resizer = new IsolatedImageResizer({
      ...isolatedOptions({ program, maxBytes: 2 * GIB, ...(renewal && { renewal }) }),
      onUnconfined: (all) => failures.push(...all),
    });
  };

  /** Has the service find another `prlimit`, which fails where it is to set a limit of that name. */
  const refuse = (name: string) => {
    const script = `#!/bin/sh
      case "$*" in *${name}*) echo 'prlimit: ${name} is not permitted' >&2; exit 1;; esac
      PATH='${path}' exec prlimit "$@"`;
    writeFileSync(join(folder, 'prlimit'), script, { mode: 0o755 });
    process.env['PATH'] = folder + delimiter + path;
  };

  /** Those that a new decoder has. */
  const limits = async () => {
    const process = `/proc/${await decoderOrder(resizer, 'pid')}`;
    const text = readFileSync(`${process}/limits`, 'latin1');
    const hardLimit = (name: string) => Number(new RegExp(`^Max ${name} +\\w+ +(\\d+)`, 'm').exec(text)?.[1]);
    const highestFile = Math.max(...readdirSync(`${process}/fd`).map(Number));
    return {
      data: hardLimit('data size'),
      filesLeft: hardLimit('open files') - highestFile - 1,
      written: hardLimit('file size'),
      core: hardLimit('core file size'),
    };
  };

  it('are on its memory, its files, what it writes and what it leaves when it crashes', async () => {
    open(usual);
    const { data, ...others } = await limits();
    expect(data).to.be.within(2 * GIB, 4 * GIB);
    expect(others).to.deep.equal(ALL);
    expect(failures).to.deep.equal([]);
  });

  it('are none above those that the system has itself', async () => {
    open(limited);
    const { data, ...others } = await limits();
    expect(data).to.equal(GIB);
    expect(others).to.deep.equal(ALL);
    expect(failures).to.deep.equal([]);
  });

  it('are set but for the one that cannot be, which is told with its reason', async () => {
    refuse('--data');
    open(usual);
    const { data, ...others } = await limits();
    expect(data).to.be.NaN;
    expect(others).to.deep.equal(ALL);
    expect(failures).to.deep.equal(['prlimit: --data is not permitted']);
  });

  it('are told to be none at all where there is no such program', async () => {
    process.env['PATH'] = '/nowhere';
    open(usual);
    expect(await decoderOrder(resizer, 'pid')).to.match(/^\d+$/);
    expect(failures).to.deep.equal(['spawn prlimit ENOENT']);
  });

  it('are not told to be missing where a decoder ends while they are set, and its successor has them', async () => {
    const killed = join(folder, 'killed');
    const script = `#!/bin/sh
      [ -e '${killed}' ] || { touch '${killed}'; kill -KILL "\${1#--pid=}"; sleep 0.2; }
      PATH='${path}' exec prlimit "$@"`;
    writeFileSync(join(folder, 'prlimit'), script, { mode: 0o755 });
    process.env['PATH'] = folder + delimiter + path;
    open(usual);
    await decoderOrder(resizer, 'pid').catch(() => undefined);
    const { data, ...others } = await limits();
    expect(data).to.be.within(2 * GIB, 4 * GIB);
    expect(others).to.deep.equal(ALL);
    expect(failures).to.deep.equal([]);
  });

  it('are not done without where they could be set before', async () => {
    open(usual, { maxImages: 1 });
    expect(await decoderOrder(resizer, 'pid')).to.match(/^\d+$/);
    refuse('--core');
    const messages: string[] = [];
    // The next decoder may have been started already.
    for (let image = 0; image < 3; image += 1) {
      await decoderOrder(resizer, 'pid').catch((error: unknown) => {
        messages.push(String((error as Error).cause));
      });
    }
    expect(messages).to.include('Error: a decoder could not be confined: prlimit: --core is not permitted');
    expect(failures).to.deep.equal([]);
  });
});
