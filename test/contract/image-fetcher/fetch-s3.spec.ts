import { S3ImageFetcher } from '../../../src/adapters/fetch-s3/index.ts';
import { MotoServer, whyNoMoto } from '../../adapters/secrets-ssm/moto-server.ts';
import { useEnvironment } from '../../adapters/secrets-ssm/use-environment.ts';
import { startObjectStore } from '../../support/object-store.ts';
import { itFetchesFromAStore } from './store-contract.ts';
import { describeUnless } from '../../support/describe-with.ts';

describe('with credentials', () => {
  useEnvironment({ AWS_ACCESS_KEY_ID: 'AKIDTEST', AWS_SECRET_ACCESS_KEY: 'test' });

  itFetchesFromAStore('S3ImageFetcher', async () => {
    const store = await startObjectStore();
    return {
      base: `s3://${store.bucket}/photos/`,
      open: () => new S3ImageFetcher({ region: 'eu-west-1', endpoint: store.url, forcePathStyle: true }),
      put: async (name, bytes) => {
        const path = `photos/${name}`.split('/').map(encodeURIComponent).join('/');
        await fetch(`${store.url}/${store.bucket}/${path}`, { method: 'PUT', body: Buffer.from(bytes) });
      },
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    };
  });

  describeUnless(whyNoMoto, 'at moto', () => {
    itFetchesFromAStore('S3ImageFetcher', async () => {
      const moto = await MotoServer.start();
      await moto.put('images');
      return {
        base: 's3://images/photos/',
        open: () => new S3ImageFetcher({ region: 'us-east-1', endpoint: moto.url, forcePathStyle: true }),
        put: (name, bytes) =>
          moto.put(['images', 'photos', ...name.split('/').map(encodeURIComponent)].join('/'), bytes),
        [Symbol.asyncDispose]: () => moto[Symbol.asyncDispose](),
      };
    });
  });
});
