import { expect } from 'chai';
import { readConfig } from '../../../src/config/config.ts';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };

describe('traces', () => {
  for (const environment of [
    {},
    { OTEL_SERVICE_NAME: 'thumbs', OTEL_TRACES_SAMPLER: 'always_on' },
    { OTEL_TRACES_EXPORTER: 'none' },
    { ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' },
    { ...ENDPOINT, OTEL_SDK_DISABLED: 'true' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
  ]) {
    it(`are off with ${JSON.stringify(environment)}`, () => {
      expect(readConfig(environment).tracing).to.equal(undefined);
    });
  }

  for (const environment of [
    ENDPOINT,
    { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:4318/v1/traces' },
    { OTEL_TRACES_EXPORTER: 'otlp' },
    { ...ENDPOINT, OTEL_SDK_DISABLED: 'false' },
  ]) {
    it(`are on with ${JSON.stringify(environment)}`, () => {
      expect(readConfig(environment).tracing).to.deep.equal({
        serviceName: 'thumbnailer',
        sampler: 'parentbased_always_on',
        ratio: 1,
      });
    });
  }

  for (const [name, value] of [
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'localhost'],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'http://'],
  ] as const) {
    it(`are refused at the start with ${name}=${value}`, () => {
      expect(() => readConfig({ [name]: value })).to.throw(
        `${name}: expected a URL that starts with http:// or https://`,
      );
    });
  }
});
