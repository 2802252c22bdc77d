import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerProcess } from './server-process.ts';

export interface MemcachedOptions {
  /** Switches SASL on, with this one user; as in MemCachier's dashboard, the realm is part of the name. */
  readonly user?: { readonly username: `${string}@localhost`; readonly password: string };
  /** Switches TLS on. */
  readonly certificate?: { readonly cert: string; readonly key: string };
  /** More arguments for memcached. */
  readonly args?: readonly string[];
}

/** Why the tests with a real memcached cannot run here, or undefined where they can. */
export function whyNoMemcached(): string | undefined {
  const missing = [
    { command: 'memcached', args: ['-V'] },
    { command: 'saslpasswd2', args: ['-V'] },
  ].filter(({ command, args }) => spawnSync(command, args).error !== undefined);
  return missing.length === 0
    ? undefined
    : `not installed: ${missing.map(({ command }) => command).join(', ')}`;
}

/** A real memcached on a port of its own, which keeps that port when it is started again. */
export class Memcached extends ServerProcess {
  readonly #port: () => number;

  static async start({ user, certificate, args = [] }: MemcachedOptions = {}): Promise<Memcached> {
    const folder = await mkdtemp(join(tmpdir(), 'memcached-'));
    // memcached gives up root's rights before it reads its users and writes down its port.
    await chmod(folder, 0o777);
    if (user !== undefined) await writeUser(folder, user);
    const tls = certificate === undefined ? [] : await tlsArguments(folder, certificate);
    const server = new Memcached(folder, [...args, ...tls, ...(user === undefined ? [] : ['-S'])]);
    await server.start();
    return server;
  }

  private constructor(folder: string, args: readonly string[]) {
    const portFile = join(folder, 'port');
    const asNobody = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
    let port = -1;
    super({
      command: 'memcached',
      args: () => ['-l', '127.0.0.1', '-p', String(port), '-U', '0', '-t', '1', ...asNobody, ...args],
      environment: { SASL_CONF_PATH: folder, MEMCACHED_PORT_FILENAME: portFile },
      port: async () => (port = port === -1 ? await readPort(portFile) : port),
      folder,
    });
    this.#port = () => port;
  }

  /** `host:port`. */
  get address(): string {
    return `127.0.0.1:${this.#port()}`;
  }
}

/** Whether this memcached was built with TLS. */
export function hasTls(): boolean {
  return spawnSync('memcached', ['--help'], { encoding: 'utf8' }).stdout.includes('--enable-ssl');
}

async function tlsArguments(folder: string, { cert, key }: NonNullable<MemcachedOptions['certificate']>) {
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  await writeFile(certFile, cert);
  await writeFile(keyFile, key);
  return ['-Z', '-o', `ssl_chain_cert=${certFile},ssl_key=${keyFile}`];
}

async function writeUser(folder: string, user: Exclude<MemcachedOptions['user'], undefined>): Promise<void> {
  const database = join(folder, 'sasldb2');
  const [name = '', realm = ''] = user.username.split('@');
  const args = ['-p', '-c', '-a', 'memcached', '-f', database, '-u', realm, name];
  const { status, stderr } = spawnSync('saslpasswd2', args, { input: user.password, encoding: 'utf8' });
  if (status !== 0) throw new Error(`saslpasswd2 failed: ${stderr}`);
  await chmod(database, 0o644);
  await writeFile(join(folder, 'memcached.conf'), `mech_list: plain\nsasldb_path: ${database}\n`);
}

/** The file has a line such as `TCP INET: 40123`; -1 while it is not there. */
async function readPort(file: string): Promise<number> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return Number(/TCP INET: (\d+)/.exec(text)?.[1] ?? -1);
}
