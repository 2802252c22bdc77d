import { expect } from 'chai';
import { policyDigest } from '../../src/composition/digests.ts';
import { type Config, readConfig } from '../../src/config/config.ts';

describe('the digest of the policy on sources', () => {
  const config = readConfig({});
  const digestWith = (sources: Partial<Config['sources']>) =>
    policyDigest({ ...config, sources: { ...config.sources, ...sources } });

  it('differs where an address may lead elsewhere', () => {
    const digests = [
      digestWith({}),
      digestWith({ base: 'file:///srv/images/' }),
      digestWith({ allowedPrefixes: ['s3://bucket/'] }),
      digestWith({ allowedPrivateNetworks: ['10.0.0.0/8'] }),
      digestWith({ dnsServers: ['192.0.2.1:53'] }),
      digestWith({ maxRedirects: 1 }),
    ];
    expect(new Set(digests).size).to.equal(digests.length);
  });

  it('differs where a setting does that it knows nothing of', () => {
    expect(digestWith({ mirror: 'https://mirror.example/' } as object)).to.not.equal(digestWith({}));
  });

  it('is the same whatever the limits are', () => {
    const limits = { maxBytes: 1, maxPixels: 1, timeoutMs: 1, partialDownloads: false, userAgent: 'x' };
    expect(digestWith(limits)).to.equal(digestWith({}));
  });
});
