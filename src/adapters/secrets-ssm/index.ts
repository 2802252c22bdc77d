export { SsmSecretSource, type SsmSecretSourceOptions } from './ssm-secret-source.ts';
export type { Schedule } from './schedule.ts';
