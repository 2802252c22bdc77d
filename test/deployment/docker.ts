import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** The image to test, built by the `Dockerfile`. It takes minutes to build, so it is asked for. */
export const IMAGE = process.env['THUMBNAILER_IMAGE'];

/** Why no container can be started here, or undefined where one can. */
export function whyNoContainers(): string | undefined {
  if (IMAGE === undefined) return 'THUMBNAILER_IMAGE names no image that was built';
  return run('image', 'inspect', IMAGE).code === 0 ? undefined : `docker has no image ${IMAGE}`;
}

/** @returns what docker wrote to its standard output */
export function docker(...args: readonly string[]): string {
  const { code, output, errors } = run(...args);
  if (code !== 0) throw new Error(`docker ${args.join(' ')}: ${errors}`);
  return output.trim();
}

export function run(...args: readonly string[]): { code: number | null; output: string; errors: string } {
  const { status, stdout, stderr, error } = spawnSync('docker', args, { encoding: 'utf8' });
  return { code: error === undefined ? status : null, output: stdout, errors: stderr };
}

/** A network whose containers find one another by name. */
export class Network implements Disposable {
  readonly id = docker('network', 'create', `thumbnailer-test-${process.pid}`);

  [Symbol.dispose](): void {
    docker('network', 'rm', this.id);
  }
}

/** A container of the image with the limits that a small task has on Fargate. */
export class Container implements Disposable {
  static readonly LIMITS =
    '--init --read-only --cap-drop=ALL --security-opt=no-new-privileges --cpus=0.25 --memory=512m --memory-swap=512m';
  readonly id: string;
  readonly url: string;

  /** Resolves once it is ready. */
  static async start(
    network: Network,
    environment: Readonly<Record<string, string>>,
    name?: string,
  ): Promise<Container> {
    const container = new Container(network, environment, name);
    while (!(await isReady(container.url))) {
      if (container.state('Running') !== 'true') throw new Error(docker('logs', container.id));
      await sleep(50);
    }
    return container;
  }

  private constructor(
    { id: network }: Network,
    environment: Readonly<Record<string, string>>,
    name: string | undefined,
  ) {
    const variables = Object.entries(environment).map(([name, value]) => `--env=${name}=${value}`);
    const options = [
      ...Container.LIMITS.split(' '),
      `--network=${network}`,
      ...(name === undefined ? [] : [`--network-alias=${name}`]),
      '--publish=127.0.0.1::8000',
      ...variables,
    ];
    this.id = docker('run', '--detach', ...options, IMAGE!);
    this.url = `http://${docker('port', this.id, '8000/tcp')}`;
  }

  /** A field of its state, such as `ExitCode`. */
  state(field: string): string {
    return docker('inspect', '--format', `{{.State.${field}}}`, this.id);
  }

  /** What a shell in it prints, errors included. */
  shell(script: string): string {
    return docker('exec', this.id, 'sh', '-c', `{ ${script}; } 2>&1`);
  }

  [Symbol.dispose](): void {
    docker('rm', '--force', this.id);
  }
}

async function isReady(url: string): Promise<boolean> {
  const response = await fetch(`${url}/readyz`).catch(() => undefined);
  await response?.body?.cancel();
  return response?.ok ?? false;
}
