import { ContainerModule } from 'inversify';
import type { Config } from '../config/config.ts';
import { type EcsTask, resolveRegion } from '../adapters/ecs-metadata/index.ts';
import type { ThumbnailPorts } from '../domain/making/thumbnail-service.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { SecretSource } from '../ports/secret-source.ts';
import { TOKENS } from './tokens.ts';
import { close } from './closing.ts';

export const secretsModule = new ContainerModule(({ bind }) => {
  bind(TOKENS.secrets)
    .toResolvedValue(createSecretSource, [TOKENS.config, TOKENS.ports, TOKENS.ecsTask, TOKENS.logger])
    .onDeactivation(close);
});

async function createSecretSource(
  { secrets, aws }: Config,
  ports: Partial<ThumbnailPorts>,
  task: EcsTask | undefined,
  logger: Logger,
): Promise<SecretSource> {
  if (ports.secrets !== undefined) return ports.secrets;
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
