import { spawnSync } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import type { Certificate } from './origin.ts';
import { ServerProcess } from './server-process.ts';

export interface RedisOptions {
  /** Nobody but this user may do anything, and it only what a cache needs, with the cache's own keys. */
  readonly user?: { readonly username: string; readonly password: string };
  /** Everybody has to give this password, and no name. */
  readonly password?: string;
  /** Speaks TLS and nothing else. */
  readonly certificate?: Certificate;
  /** More lines for redis.conf. */
  readonly settings?: readonly string[];
}

const ALLOWED = '~thumbnailer:* -@all +get +set +del +cluster|slots +asking';

/** Why the tests with a real Redis cannot run here, or undefined where they can. */
export function whyNoRedis(): string | undefined {
  return spawnSync('redis-server', ['--version']).error === undefined
    ? undefined
    : 'not installed: redis-server';
}

/** A real Redis on a port of its own, which keeps that port when it is started again. */
export class RedisServer extends ServerProcess {
  readonly port: number;
  /** What redis-cli needs to get to it. */
  readonly cliArguments: readonly string[];

  static async start(options: RedisOptions = {}): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), 'redis-'));
    const port = await freePort();
    const server = new RedisServer(folder, port, await settingsOf(options, folder, port), options);
    await server.start();
    return server;
  }

  private constructor(folder: string, port: number, input: string, { certificate, password }: RedisOptions) {
    super({ command: 'redis-server', args: () => ['-'], input, port: () => Promise.resolve(port), folder });
    this.port = port;
    this.cliArguments = [
      ...['-p', String(port)],
      ...(certificate === undefined ? [] : ['--tls', '--insecure']),
      ...(password === undefined ? [] : ['--no-auth-warning', '-a', password]),
    ];
  }

  /** Of a server without passwords. */
  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }
}

async function settingsOf(options: RedisOptions, folder: string, port: number): Promise<string> {
  const { user, password, certificate, settings = [] } = options;
  const lines = [
    'bind 127.0.0.1',
    'save ""',
    'appendonly no',
    'repl-diskless-sync-delay 0',
    `dir ${folder}`,
    ...settings,
  ];
  if (user !== undefined)
    lines.push('user default off', `user ${user.username} on >${user.password} ${ALLOWED}`);
  if (password !== undefined) lines.push(`requirepass ${password}`);
  if (certificate === undefined) return [...lines, `port ${port}`].join('\n');
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  await writeFile(cert, certificate.cert);
  await writeFile(key, certificate.key);
  const tls = [
    `tls-port ${port}`,
    `tls-cert-file ${cert}`,
    `tls-key-file ${key}`,
    `tls-ca-cert-file ${cert}`,
  ];
  return [...lines, 'port 0', ...tls, 'tls-auth-clients no'].join('\n');
}
