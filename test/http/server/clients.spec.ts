import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import fc from 'fast-check';
import { clientsBehind } from '../../../src/http/server/clients.ts';

const clientOf = clientsBehind(['10.0.0.0/8', '192.0.2.1/32', 'fd00::/8']);

function client(remoteAddress: string | undefined, forwardedFor?: string): string {
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor };
  return clientOf({ socket: { remoteAddress }, headers } as unknown as IncomingMessage);
}

describe('clientsBehind', () => {
  it('takes the address of the connection, whatever a stranger says', () => {
    expect(client('203.0.113.7')).to.equal('203.0.113.7');
    expect(client('203.0.113.7', '198.51.100.1')).to.equal('203.0.113.7');
    expect(client(undefined, '198.51.100.1')).to.equal('');
  });

  it('takes what trusted proxies say, from the right, as far as it was a trusted one that said it', () => {
    expect(client('10.0.0.1', '198.51.100.1')).to.equal('198.51.100.1');
    expect(client('::ffff:10.0.0.1', '198.51.100.1')).to.equal('198.51.100.1');
    expect(client('10.0.0.1', '198.51.100.1, 192.0.2.1')).to.equal('198.51.100.1');
    expect(client('10.0.0.1', '198.51.100.1, 192.0.2.2')).to.equal('192.0.2.2');
    expect(client('10.0.0.1', '198.51.100.1, 10.1.1.1, fd00::1')).to.equal('198.51.100.1');
  });

  it('takes the nearest address that is one', () => {
    expect(client('10.0.0.1')).to.equal('10.0.0.1');
    expect(client('10.0.0.1', '')).to.equal('10.0.0.1');
    expect(client('10.0.0.1', '198.51.100.1, unknown, 10.0.0.2')).to.equal('10.0.0.2');
    expect(client('10.0.0.1', '198.51.100.1:4711')).to.equal('198.51.100.1');
    expect(client('10.0.0.1', '[2001:db8::1]:443')).to.equal('2001:db8:0:0::/64');
  });

  it('never lets a client choose its own key, whatever it sends', () => {
    fc.assert(
      fc.property(fc.string(), (sent) => {
        expect(client('10.0.0.1', `${sent}, 203.0.113.7`)).to.equal('203.0.113.7');
        expect(client('203.0.113.7', sent)).to.equal('203.0.113.7');
      }),
    );
  });

  it('counts a /64 of IPv6 as one client, in every spelling', () => {
    const one = [
      '2001:db8:0:1::1',
      '2001:0DB8:0000:0001:ffff::',
      '2001:db8::1:0:0:1.2.3.4',
      '2001:db8:0:1::9%eth0',
    ];
    expect(new Set(one.map((address) => client(address)))).to.deep.equal(new Set(['2001:db8:0:1::/64']));
    expect(client('2001:db8:0:2::1')).to.equal('2001:db8:0:2::/64');
    expect(client('::1')).to.equal('0:0:0:0::/64');
  });
});
