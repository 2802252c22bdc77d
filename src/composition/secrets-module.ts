import { ContainerModule } from 'inversify';
import type { Config } from '../config/config.ts';
import { secretFaults } from '../config/secret-faults.ts';
import { type EcsTask, resolveRegion } from '../adapters/ecs-metadata/index.ts';
import type { ThumbnailPorts } from '../domain/making/thumbnail-service.ts';
import type { Logger } from '../telemetry/logger.ts';
import { type SecretSource, SecretSourceError, type Secrets } from '../ports/secret-source.ts';
import { TOKENS } from './tokens.ts';
import { close } from './closing.ts';

export const secretsModule = new ContainerModule(({ bind }) => {
  bind(TOKENS.secrets)
    .toResolvedValue(createSecretSource, [TOKENS.config, TOKENS.ports, TOKENS.ecsTask, TOKENS.logger])
    .onDeactivation(close);
});

async function createSecretSource(
  config: Config,
  ports: Partial<ThumbnailPorts>,
  task: EcsTask | undefined,
  logger: Logger,
): Promise<SecretSource> {
  const source = ports.secrets ?? (await openSecretSource(config, task, logger));
  try {
    checkSecrets(await source.read(), config, source.description);
    return source;
  } catch (error) {
    await source.close();
    throw error;
  }
}

/**
 * A malformed secret is a fault of the start, not one that each request finds again.
 *
 * @throws SecretSourceError that names all that cannot be used
 */
function checkSecrets(secrets: Secrets, { cache, requests }: Config, where: string): void {
  const needs = { caches: cache.kinds ?? [], signatures: requests.signatures };
  const faults = secretFaults(secrets, needs, (name) => name);
  if (faults.length === 0) return;
  const lines = faults.map((fault) => `  ${fault}`).join('\n');
  throw new SecretSourceError(`These secrets in ${where} cannot be used:\n${lines}`);
}

async function openSecretSource(
  { secrets, aws }: Config,
  task: EcsTask | undefined,
  logger: Logger,
): Promise<SecretSource> {
  switch (secrets.kind) {
    case 'env': {
      const { EnvSecretSource } = await import('../adapters/secrets-env/index.ts');
      return new EnvSecretSource({ values: secrets.values });
    }
    case 'ssm': {
      const { SsmSecretSource } = await import('../adapters/secrets-ssm/index.ts');
      return new SsmSecretSource({
        prefix: secrets.prefix,
        region: resolveRegion(aws, task),
        onFault: (error) =>
          logger.warn({ err: error }, 'could not reload the secrets; the previous ones stay in use'),
      });
    }
    case 'module': {
      const { loadSecretSource } = await import('./load-adapter.ts');
      return loadSecretSource(secrets.module);
    }
  }
}
