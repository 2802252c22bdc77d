import { hash } from 'node:crypto';
import packageJson from '../../package.json' with { type: 'json' };
import type { AwsEnvironment, Config } from '../config/config.ts';
import { readsFromS3 } from './s3-settings.ts';

/** Settings of sources that do not decide what an address leads to: limits, and how it is read. */
const NO_POLICY: ReadonlySet<string> = new Set<keyof Config['sources']>([
  'maxBytes',
  'maxPixels',
  'animations',
  'inputFormats',
  'timeoutMs',
  'maxUrlLength',
  'userAgent',
  'partialDownloads',
  'refusesDamaged',
]);

/**
 * Of all that decides which images this deployment serves, and how they are made: a cache may be shared with one that
 * fetches from where this one may not. A setting that is new counts unless it is listed above.
 */
export function policyDigest({ sources, modules, aws, s3 }: Config): string {
  const policy = Object.entries(sources).filter(([name]) => !NO_POLICY.has(name));
  const store = readsFromS3(sources) ? { s3: { ...s3, ...storeOf(aws) } } : {};
  return digestOf({ ...Object.fromEntries<unknown>(policy), modules, ...store });
}

/** Which store the SDK asks, and as whom, as far as its own variables say. */
function storeOf({ AWS_REGION, AWS_DEFAULT_REGION, ...aws }: AwsEnvironment) {
  return {
    region: AWS_REGION ?? AWS_DEFAULT_REGION,
    endpointOfSdk: aws.AWS_ENDPOINT_URL_S3 ?? aws.AWS_ENDPOINT_URL,
    // To some stores the same bucket name is another bucket for another tenant.
    identity: [aws.AWS_ACCESS_KEY_ID, aws.AWS_PROFILE, aws.AWS_ROLE_ARN],
  };
}

/** Of all that decides which images this process refuses, and what it says then. */
export function verdictDigest({ sources, work, modules }: Config): string {
  const { memoryBudgetBytes, decodeTimeoutMs, decoders } = work;
  return digestOf({
    version: packageJson.version,
    sources,
    memoryBudgetBytes,
    decodeTimeoutMs,
    decoders,
    modules,
  });
}

function digestOf(facts: object): string {
  return hash('sha256', JSON.stringify(facts), 'base64url');
}
