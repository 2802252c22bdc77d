import { expect } from 'chai';
import { SourceHeaderDigests } from '../../../src/domain/access/source-header-digests.ts';
import { SourceHeaderReader } from '../../../src/domain/access/source-header-reader.ts';
import { parseSourceHeaders } from '../../../src/domain/access/source-headers.ts';
import { parseSourceUrl } from '../../../src/domain/request/source-url.ts';
import { FakeSecrets } from '../../support/fakes.ts';

const LINES = ['a.example: X: one', 'a.example: Y: two', 'b.example: X: one'];

describe('digests of source headers', () => {
  const digest = async (lines: readonly string[], hostname = 'a.example', port = 443) =>
    new SourceHeaderDigests(parseSourceHeaders(lines.join('\n'))).for({ hostname, port });

  it('are empty where there are none', async () => {
    expect(await digest([])).to.equal('');
  });

  it('are the same in every process, whatever the order of the lines', async () => {
    expect(await digest(LINES)).to.equal(await digest(LINES.toReversed()));
  });

  it('differ by the values that the server is sent, and those of its port', async () => {
    const changed = ['a.example: X: other', ...LINES.slice(1)];
    expect(await digest(LINES)).to.not.equal(await digest(changed));
    expect(await digest([...LINES, 'a.example:81: X: port'], 'a.example', 81)).to.not.equal(
      await digest([...LINES, 'a.example:81: X: other'], 'a.example', 81),
    );
  });

  it('are the same if only values of other hosts are replaced, which an address may lead to', async () => {
    const replaced = [...LINES.slice(0, 2), 'b.example: X: replaced'];
    for (const host of ['a.example', 'c.example']) {
      expect(await digest(LINES, host)).to.equal(await digest(replaced, host));
      expect(await digest(LINES, host)).to.not.equal(await digest(LINES.slice(0, 2), host));
      expect(await digest(LINES, host)).to.not.equal(await digest([...LINES, 'b.example: Z: new'], host));
    }
  });

  it('are computed once for all ports of a host, and then known at once', async () => {
    const digests = new SourceHeaderDigests(parseSourceHeaders(LINES.join('\n')));
    const first = digests.for({ hostname: 'a.example', port: 1 });
    expect(first)
      .to.be.a('promise')
      .and.to.equal(digests.for({ hostname: 'a.example', port: 2 }));
    const digest = await first;
    expect(digests.for({ hostname: 'a.example', port: 3 })).to.equal(digest);
  });

  it('change with the secret, and stay as they were where the new text is malformed', async () => {
    const secrets = new FakeSecrets({ 'source-headers': 'a.example: X: one' });
    const reader = new SourceHeaderReader({ secrets, onFault: () => undefined, maxAgeMs: 0 });
    const url = parseSourceUrl('https://a.example/a.png');
    const first = await reader.digestFor(url);
    secrets.secrets = { 'source-headers': 'nonsense' };
    expect(await reader.digestFor(url)).to.equal(first);
    secrets.secrets = { 'source-headers': 'a.example: X: two' };
    expect(await reader.digestFor(url)).to.not.equal(first);
    secrets.secrets = {};
    expect(await reader.digestFor(url)).to.equal('');
  });

  it('are asked of the secret source once a second, and never for an object in a store', async () => {
    const secrets = new FakeSecrets({});
    const reader = new SourceHeaderReader({ secrets, onFault: () => undefined });
    const url = parseSourceUrl('https://a.example/a.png');
    expect(reader.digestFor(parseSourceUrl('s3://bucket/a.png'))).to.equal('');
    expect(reader.digestFor(url)).to.be.a('promise');
    await reader.digestFor(url);
    expect(reader.digestFor(url)).to.equal('');
  });
});
