import { expect } from 'chai';
import { parseNetworks, whyForbidden } from '../../../src/adapters/fetch-got/address-rules.ts';

const PUBLIC_ONLY = { allowedPrivateNetworks: [] };

/** From IANA's special-purpose registry: first and last address of a block, and the public neighbours it has. */
const BLOCKS_V4: readonly (readonly [first: string, last: string, ...neighbours: string[]])[] = [
  ['0.0.0.0', '0.255.255.255', '1.0.0.0'],
  ['10.0.0.0', '10.255.255.255', '9.255.255.255', '11.0.0.0'],
  ['100.64.0.0', '100.127.255.255', '100.63.255.255', '100.128.0.0'],
  ['127.0.0.0', '127.255.255.255', '126.255.255.255', '128.0.0.0'],
  ['168.63.129.16', '168.63.129.16', '168.63.129.15', '168.63.129.17'],
  ['169.254.0.0', '169.254.255.255', '169.253.255.255', '169.255.0.0'],
  ['172.16.0.0', '172.31.255.255', '172.15.255.255', '172.32.0.0'],
  ['192.0.0.0', '192.0.0.255', '191.255.255.255', '192.0.1.0'],
  ['192.0.2.0', '192.0.2.255', '192.0.1.255', '192.0.3.0'],
  ['192.31.196.0', '192.31.196.255', '192.31.195.255', '192.31.197.0'],
  ['192.52.193.0', '192.52.193.255', '192.52.192.255', '192.52.194.0'],
  ['192.88.99.0', '192.88.99.255', '192.88.98.255', '192.88.100.0'],
  ['192.168.0.0', '192.168.255.255', '192.167.255.255', '192.169.0.0'],
  ['192.175.48.0', '192.175.48.255', '192.175.47.255', '192.175.49.0'],
  ['198.18.0.0', '198.19.255.255', '198.17.255.255', '198.20.0.0'],
  ['198.51.100.0', '198.51.100.255', '198.51.99.255', '198.51.101.0'],
  ['203.0.113.0', '203.0.113.255', '203.0.112.255', '203.0.114.0'],
  ['224.0.0.0', '255.255.255.255', '223.255.255.255'],
];

const BLOCKS_V6: typeof BLOCKS_V4 = [
  ['::', '1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2000::'],
  ['2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff', '2000:ffff::1', '2001:200::'],
  ['2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', '2001:db7:ffff::', '2001:db9::'],
  ['2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2001:ffff::', '2003::'],
  ['2620:4f:8000::', '2620:4f:8000:ffff:ffff:ffff:ffff:ffff', '2620:4f:7fff::', '2620:4f:8001::'],
  ['3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff', '3ffe:ffff::', '3fff:1000::'],
  ['4000::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
];

const SPECIAL = {
  'IPv4-mapped': ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:a9fe:a9fe', '::ffff:168.63.129.16'],
  'IPv4-compatible': ['::127.0.0.1', '::7f00:1', '::8.8.8.8', '0::8.8.8.8'],
  'IPv4-translated': ['::ffff:0:127.0.0.1'],
  NAT64: ['64:ff9b::7f00:1', '64:ff9b::8.8.8.8', '64:ff9b:1::a00:1'],
  '6to4': ['2002:7f00:1::', '2002:a9fe:a9fe::1'],
  Teredo: ['2001:0:4136:e378:8000:63bf:80ff:fffe'],
  ISATAP: ['2a00:1450::5efe:7f00:1', '2a00:1450::200:5efe:a00:1', 'fe80::5efe:a00:1'],
  'loopback and unspecified': ['::1', '::', '0.0.0.0', '127.0.0.53'],
  'link-local, also with a zone': ['fe80::1', 'fe80::1%eth0', 'febf::1'],
  'site-local and unique local': ['fec0::1', 'fc00::1', 'fd00:ec2::254'],
  'discard, dummy, segment routing and multicast': ['100::1', '100:0:0:1::1', '5f00::1', 'ff02::1'],
  'metadata and platform services of clouds': [
    '169.254.169.254',
    '169.254.170.2',
    '100.100.100.200',
    '192.0.0.192',
  ],
  'what is no address': ['', 'localhost', '127.1', '0x7f000001', '1.2.3.4/8', '[2a00::1]'],
};

describe('whyForbidden', () => {
  for (const [first, last, ...neighbours] of [...BLOCKS_V4, ...BLOCKS_V6]) {
    it(`forbids ${first} to ${last}, and nothing beside`, () => {
      for (const address of [first, last])
        expect(whyForbidden(address, PUBLIC_ONLY), address).to.be.a('string');
      for (const address of neighbours)
        expect(whyForbidden(address, PUBLIC_ONLY), address).to.equal(undefined);
    });
  }

  for (const [what, addresses] of Object.entries(SPECIAL)) {
    it(`forbids ${what}`, () => {
      for (const address of addresses) expect(whyForbidden(address, PUBLIC_ONLY), address).to.be.a('string');
    });
  }

  it('allows public addresses', () => {
    const addresses = [
      '8.8.8.8',
      '151.101.1.69',
      '2606:4700::6810:84e5',
      '2a00:1450:4001::5efe',
      '::ffff:8.8.8.8',
    ];
    for (const address of addresses) expect(whyForbidden(address, PUBLIC_ONLY), address).to.equal(undefined);
  });
});

describe('allowed private networks', () => {
  const policy = { allowedPrivateNetworks: parseNetworks(['10.1.0.0/16', '192.168.7.9/32', 'fd00:1::/32']) };

  it('are allowed, whichever way their addresses are written', () => {
    for (const address of ['10.1.0.0', '10.1.255.255', '::ffff:10.1.2.3', '192.168.7.9', 'fd00:1::5']) {
      expect(whyForbidden(address, policy), address).to.equal(undefined);
    }
  });

  it('are allowed alone', () => {
    for (const address of [
      '10.0.255.255',
      '10.2.0.0',
      '192.168.7.8',
      'fd00:2::5',
      '64:ff9b::a01:203',
      '::10.1.2.3',
    ]) {
      expect(whyForbidden(address, policy), address).to.be.a('string');
    }
  });

  it('may be written as IPv4-mapped', () => {
    const mapped = { allowedPrivateNetworks: parseNetworks(['::ffff:10.0.0.0/104']) };
    expect(whyForbidden('10.200.0.1', mapped)).to.equal(undefined);
    expect(whyForbidden('172.16.0.1', mapped)).to.be.a('string');
  });

  for (const text of [
    '',
    '10.0.0.0',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10/8',
    '010.0.0.0/8',
  ]) {
    it(`are refused when written ${JSON.stringify(text)}`, () => {
      expect(() => parseNetworks(['fd00::/8', text])).to.throw(RangeError, JSON.stringify(text));
    });
  }

  for (const text of ['::/129', 'fe80::1%eth0/64', '[fd00::]/8', 'example.com/8', '10.0.0.0/8 ']) {
    it(`are refused when written ${JSON.stringify(text)}`, () => {
      expect(() => parseNetworks([text])).to.throw(RangeError, JSON.stringify(text));
    });
  }
});
