import { spawnSync } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { ServerProcess } from './server-process.ts';

/** Whether the program is there; the one who asks wants its version. */
export function isProxyInstalled(command: 'nginx' | 'varnishd'): boolean {
  const option = command === 'nginx' ? '-v' : '-V';
  return spawnSync(command, [option]).error === undefined;
}

/** A caching proxy, as its configuration in the documents has it, in front of the service at that port. */
export class FrontProxy extends ServerProcess {
  readonly url: string;

  /** @param snippet what stands in the `http` block, and from `location` on in the `server` block */
  static async nginx(snippet: string, servicePort: string): Promise<FrontProxy> {
    const folder = await mkdtemp(join(tmpdir(), 'nginx-'));
    const port = await freePort();
    const at = snippet.indexOf('location');
    const placed = (text: string) =>
      text.replaceAll('127.0.0.1:8000', `127.0.0.1:${servicePort}`).replace('/var/cache/nginx', folder);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    );
    const configuration = `
      daemon off; master_process off; user root; pid ${folder}/pid; error_log /dev/null;
      events {}
      http {
        access_log off;
        ${temporary.join('\n')}
        ${placed(snippet.slice(0, at))}
        server { listen 127.0.0.1:${port}; ${placed(snippet.slice(at))} }
      }`;
    await writeFile(join(folder, 'nginx.conf'), configuration);
    return FrontProxy.#start('nginx', ['-c', join(folder, 'nginx.conf')], folder, port);
  }

  /** @param snippet subroutines */
  static async varnish(snippet: string, servicePort: string): Promise<FrontProxy> {
    const folder = await mkdtemp(join(tmpdir(), 'varnish-'));
    const port = await freePort();
    const backend = `vcl 4.1; backend default { .host = "127.0.0.1"; .port = "${servicePort}"; }`;
    const file = join(folder, 'default.vcl');
    await writeFile(file, `${backend}\n${snippet}`);
    const args = [
      '-F',
      '-n',
      folder,
      '-a',
      `127.0.0.1:${port}`,
      '-f',
      file,
      '-s',
      'malloc,64m',
      '-j',
      'none',
    ];
    return FrontProxy.#start('varnishd', args, folder, port);
  }

  static async #start(
    command: string,
    args: readonly string[],
    folder: string,
    port: number,
  ): Promise<FrontProxy> {
    const proxy = new FrontProxy(command, args, folder, port);
    await proxy.start();
    return proxy;
  }

  private constructor(command: string, args: readonly string[], folder: string, port: number) {
    // Varnish compiles its configuration.
    super({ command, args: () => args, port: () => Promise.resolve(port), folder, startMs: 20_000 });
    this.url = `http://127.0.0.1:${port}`;
  }
}
