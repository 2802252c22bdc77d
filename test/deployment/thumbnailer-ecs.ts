import { execFile } from 'node:child_process';

export const SCRIPT = new URL('../../scripts/ecs/thumbnailer-ecs', import.meta.url).pathname;

export const COMMANDS = [
  'base',
  'secrets',
  'push',
  'deploy',
  'status',
  'logs',
  'redeploy',
  'rollback',
  'delete',
] as const;

export interface Outcome {
  readonly code: number;
  /** Standard output and standard error together. */
  readonly output: string;
}

/** Runs the script with an environment of its own; `input` is its standard input, which is no terminal. */
export function thumbnailerEcs(
  args: readonly string[],
  environment: Record<string, string>,
  input = '',
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(SCRIPT, args, { env: environment }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), output: stdout + stderr });
    });
    // A script that has seen enough ends without reading it.
    child.stdin?.on('error', () => undefined).end(input);
  });
}

export function environmentWith(path: string, rest: Record<string, string> = {}): Record<string, string> {
  return { PATH: path, HOME: '/nonexistent', AWS_REGION: 'eu-west-1', ...rest };
}
