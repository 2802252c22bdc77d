export { EnvSecretSource } from './env-secret-source.ts';
