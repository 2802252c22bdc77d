import { expect } from 'chai';
import { SourceHeaderReader } from '../../../src/domain/access/source-header-reader.ts';
import { headersFor, parseSourceHeaders } from '../../../src/domain/access/source-headers.ts';
import { FakeSecrets } from '../../support/fakes.ts';

const TEXT = `
images.example: Authorization: Bearer a:b c
Images.example: X-Shop: 1
images.example:8443: Authorization: Bearer other

[fd00::1]:8080: X-Token: six
`;

describe('source headers', () => {
  const of = (href: string) => headersFor(href, parseSourceHeaders(TEXT));

  it('are for a host, whatever its port, and for a host with its port', () => {
    expect(of('https://images.example/a.jpg')).to.deep.equal({
      authorization: 'Bearer a:b c',
      'x-shop': '1',
    });
    expect(of('http://IMAGES.example:81/a.jpg')).to.deep.equal({
      authorization: 'Bearer a:b c',
      'x-shop': '1',
    });
    expect(of('https://images.example:8443/a')).to.deep.equal({
      authorization: 'Bearer other',
      'x-shop': '1',
    });
    expect(of('http://[fd00::1]:8080/a')).to.deep.equal({ 'x-token': 'six' });
    expect(headersFor('https://a.example/', parseSourceHeaders('a.example:443: X: y'))).to.deep.equal({
      x: 'y',
    });
  });

  it('are for no other host', () => {
    for (const href of [
      'https://www.images.example/',
      'https://images.example.evil.example/',
      'https://evilimages.example/',
      'https://images.example./',
      'https://other.example/?images.example',
      'http://[fd00::1]:8081/',
    ]) {
      expect(of(href), href).to.deep.equal({});
    }
  });

  for (const line of [
    'images.example',
    'images.example: Authorization',
    'images.example: Authorization:',
    'https://images.example: X: secret',
    '*: X: secret',
    '.example: : secret',
    'images.example: X Y: secret',
    'images.example: X: sec\u0007ret',
    'images.example: Host: secret',
    'images.example: content-length: 1',
    'images.example: Proxy-Authorization: secret',
  ]) {
    it(`refuse ${JSON.stringify(line)} without a word of what it says`, () => {
      expect(() => parseSourceHeaders(`a.example: X: y\n${line}`))
        .to.throw(/^line 2 /)
        .with.property('message')
        .that.does.not.include('secret');
    });
  }

  it('change with the secret, and stay as they were where the new text is malformed', async () => {
    const secrets = new FakeSecrets({ 'source-headers': 'a.example: X: one' });
    const faults: unknown[] = [];
    const reader = new SourceHeaderReader({ secrets, onFault: (error) => faults.push(error) });
    expect(await reader.for('https://a.example/')).to.deep.equal({ x: 'one' });
    secrets.secrets = { 'source-headers': 'nonsense' };
    expect(await reader.for('https://a.example/')).to.deep.equal({ x: 'one' });
    expect(await reader.for('https://a.example/')).to.deep.equal({ x: 'one' });
    expect(faults).to.have.length(1);
    secrets.secrets = {};
    expect(await reader.for('https://a.example/')).to.deep.equal({});
  });
});
