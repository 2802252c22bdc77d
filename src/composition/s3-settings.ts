import { type EcsTask, resolveRegion } from '../adapters/ecs-metadata/index.ts';
import type { Config } from '../config/config.ts';

/** Other stores than AWS take a region of any name. @throws SecretSourceError where AWS's region is not known */
export function s3Settings({ aws, s3 }: Config, task: EcsTask | undefined) {
  const { AWS_DEFAULT_REGION = s3.endpoint === undefined ? undefined : 'us-east-1' } = aws;
  return { region: resolveRegion({ ...aws, AWS_DEFAULT_REGION }, task), ...s3 };
}
