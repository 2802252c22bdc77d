import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { promisify } from 'node:util';
import sharp from 'sharp';

/** What a reader must know to make anything of the figures. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** CPUs that a cgroup allows; undefined where there is no limit. */
  readonly cpuQuota: number | undefined;
  readonly memoryMiB: number;
  readonly memoryLimitMiB: number | undefined;
  /** Processes that wanted a CPU in the last minute: of this benchmark there were none yet. */
  readonly loadBefore: number;
  readonly versions: Readonly<Record<string, string>>;
  /** What in the environment changes the memory allocator or the processes' threads. */
  readonly allocator: Readonly<Record<string, string>>;
  readonly revision: string | undefined;
}

const MIB = 1024 * 1024;
const ROOT = new URL('../..', import.meta.url).pathname;

export async function describeMachine(environment: NodeJS.ProcessEnv): Promise<Machine> {
  const limit = await memoryLimitBytes();
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    cpuQuota: await cpuQuota(),
    memoryMiB: Math.round(totalmem() / MIB),
    memoryLimitMiB: limit && Math.round(limit / MIB),
    loadBefore: loadavg()[0] ?? 0,
    versions: {
      node: process.versions.node,
      sharp: sharp.versions.sharp,
      libvips: sharp.versions.vips,
    },
    allocator: Object.fromEntries(
      Object.entries(environment).flatMap(([name, value = '']) =>
        /^(MALLOC_\w+|GLIBC_TUNABLES|LD_PRELOAD|NODE_OPTIONS|UV_THREADPOOL_SIZE)$/.test(name)
          ? [[name, value]]
          : [],
      ),
    ),
    revision: await revision(),
  };
}

async function cpuQuota(): Promise<number | undefined> {
  const [quota, period] = (await firstLine('/sys/fs/cgroup/cpu.max')).split(' ').map(Number);
  if (quota && period) return quota / period;
  const old = '/sys/fs/cgroup/cpu/cpu.cfs_';
  const [oldQuota, oldPeriod] = [await firstLine(`${old}quota_us`), await firstLine(`${old}period_us`)];
  return Number(oldQuota) > 0 && Number(oldPeriod) > 0 ? Number(oldQuota) / Number(oldPeriod) : undefined;
}

async function memoryLimitBytes(): Promise<number | undefined> {
  const files = ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes'];
  const limits = (await Promise.all(files.map(firstLine))).map(Number);
  // Without a limit, one kind of cgroup says `max`, the other a number beyond any memory.
  return limits.find((limit) => limit > 0 && limit < totalmem());
}

/** Empty where the file is not there: another system, or no cgroup. */
async function firstLine(file: string): Promise<string> {
  return (await readFile(file, 'utf8').catch(() => '')).split('\n', 1)[0] ?? '';
}

/** Undefined where this is no checkout, or there is no git. */
async function revision(): Promise<string | undefined> {
  const git = (...args: string[]) => promisify(execFile)('git', ['-C', ROOT, ...args]);
  try {
    const head = (await git('rev-parse', '--short', 'HEAD')).stdout.trim();
    const changed = (await git('status', '--porcelain', '--untracked-files=no')).stdout !== '';
    return changed ? `${head}, changed` : head;
  } catch {
    return undefined;
  }
}
