import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { promisify } from 'node:util';
import sharp from 'sharp';

/** What a reader must know to make anything of the figures. */
export async function describeMachine(environment: NodeJS.ProcessEnv) {
  const allocator = Object.entries(environment).filter(([name, value]) =>
    Boolean(value && /^(MALLOC_\w+|GLIBC_TUNABLES|LD_PRELOAD|NODE_OPTIONS|UV_THREADPOOL_SIZE)$/.test(name)),
  );
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    /** Quota and period of a cgroup, and its bytes of memory; `max` or empty where there is no limit. */
    cgroup: { cpu: await firstLine('cpu.max'), memory: await firstLine('memory.max') },
    memoryMiB: Math.round(totalmem() / 1024 ** 2),
    /** Processes that wanted a CPU in the last minute: of this benchmark there were none yet. */
    loadBefore: loadavg()[0] ?? 0,
    versions: { node: process.versions.node, sharp: sharp.versions.sharp, libvips: sharp.versions.vips },
    allocator: Object.fromEntries(allocator),
    revision: await revision(),
  };
}

/** Empty where the file is not there: another system, or no cgroup. */
async function firstLine(file: string): Promise<string> {
  return (await readFile(`/sys/fs/cgroup/${file}`, 'utf8').catch(() => '')).split('\n', 1)[0] ?? '';
}

/** Empty where this is no checkout, or there is no git. */
async function revision(): Promise<string> {
  const args = ['-C', import.meta.dirname, 'describe', '--always', '--dirty'];
  return promisify(execFile)('git', args).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  );
}
