import { type EcsTask, resolveRegion } from '../adapters/ecs-metadata/index.ts';
import type { Config } from '../config/config.ts';

/** Whether any image can be an object of a store that speaks S3. */
export function readsFromS3({ base = '', allowedPrefixes }: Config['sources']): boolean {
  return [base, ...allowedPrefixes].some((address) => address.startsWith('s3:'));
}

/** Other stores than AWS take a region of any name. @throws SecretSourceError where AWS's region is not known */
export function s3Settings({ aws, s3 }: Config, task: EcsTask | undefined) {
  const { AWS_DEFAULT_REGION = s3.endpoint === undefined ? undefined : 'us-east-1' } = aws;
  return { region: resolveRegion({ ...aws, AWS_DEFAULT_REGION }, task), ...s3 };
}
