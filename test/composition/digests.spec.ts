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

  describe('with objects in a store', () => {
    const OBJECTS = { ALLOWED_SOURCES: 's3://images/' };
    const digestIn = (environment: Readonly<NodeJS.ProcessEnv>) => policyDigest(readConfig(environment));

    it('differs where another store is asked, or as another', () => {
      const digests = [
        {},
        { S3_ENDPOINT: 'https://store.example' },
        { S3_FORCE_PATH_STYLE: 'on' },
        { AWS_ENDPOINT_URL: 'https://store.example' },
        { AWS_ENDPOINT_URL_S3: 'https://other.example' },
        { AWS_REGION: 'cn-north-1' },
        { AWS_ACCESS_KEY_ID: 'AKIAONE' },
        { AWS_PROFILE: 'one' },
        { AWS_ROLE_ARN: 'arn:aws:iam::1:role/one' },
      ].map((environment) => digestIn({ ...OBJECTS, ...environment }));
      expect(new Set(digests).size).to.equal(digests.length);
    });

    it('is the same whichever temporary key is used', () => {
      const temporary = { ...OBJECTS, AWS_SESSION_TOKEN: 'token' };
      const digests = ['ASIAONE', 'ASIATWO'].map((id) => digestIn({ ...temporary, AWS_ACCESS_KEY_ID: id }));
      expect(digests[0]).to.equal(digests[1]);
    });

    it('knows nothing of the store where no image comes from one', () => {
      const store = { S3_ENDPOINT: 'https://store.example', AWS_ACCESS_KEY_ID: 'AKIAONE' };
      expect(digestIn(store)).to.equal(digestIn({}));
    });
  });

  it('differs where a setting does that it knows nothing of', () => {
    expect(digestWith({ mirror: 'https://mirror.example/' } as object)).to.not.equal(digestWith({}));
  });

  it('is the same whatever the limits are', () => {
    const limits = { maxBytes: 1, maxPixels: 1, timeoutMs: 1, partialDownloads: false, userAgent: 'x' };
    expect(digestWith(limits)).to.equal(digestWith({}));
  });
});
