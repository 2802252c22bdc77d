import { expect } from 'chai';
import helmet from 'helmet';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startApp } from '../../support/app.ts';
import { harness } from '../../support/service.ts';

describe('security headers', () => {
  it('are all that helmet sends, each as strict or stricter, where HSTS is on', async () => {
    await using app = await startApp(harness(), { hsts: true });
    const ours = (await fetch(app.url)).headers;
    const theirs = await helmetHeaders();
    expect([...theirs.keys()])
      .to.include('content-security-policy')
      .and.have.length.above(10);
    for (const [name, value] of theirs) {
      if (name === 'content-security-policy') continue;
      const stricter: Record<string, string> = { 'x-frame-options': 'DENY' };
      expect(ours.get(name), name).to.equal(stricter[name] ?? value);
    }
    expect(ours.get('x-powered-by')).to.equal(null);
  });

  it('bind browsers to HTTPS only where the operator says so, on pages, thumbnails and errors', async () => {
    const paths = ['/', '/thumbnail?url=http://images.example/a.png&size=64', '/nothing'];
    for (const hsts of [false, true]) {
      await using app = await startApp(harness(), { hsts });
      for (const path of paths) {
        const { headers } = await fetch(app.url + path);
        const expected = hsts ? 'max-age=31536000; includeSubDomains' : null;
        expect(headers.get('strict-transport-security'), path).to.equal(expected);
      }
    }
  });

  it('let a page load its own style, script and images and nothing else', async () => {
    await using app = await startApp(harness());
    const policy = (await fetch(app.url)).headers.get('content-security-policy')!;
    expect(policy.split('; ')).to.have.members([
      "default-src 'none'",
      "img-src 'self' data:",
      "style-src 'self'",
      "script-src 'self'",
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ]);
  });
});

/** What helmet adds to an answer, with its own defaults. */
async function helmetHeaders(): Promise<Map<string, string>> {
  const server = createServer((request, response) => {
    const before = new Set(response.getHeaderNames());
    helmet()(request, response, () => {
      const added = response.getHeaderNames().filter((name) => !before.has(name));
      response.end(JSON.stringify(added.map((name) => [name, response.getHeader(name)])));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return new Map((await response.json()) as [string, string][]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
