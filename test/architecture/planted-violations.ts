import packageJson from '../../package.json' with { type: 'json' };

export interface Plant {
  readonly rule: string;
  /** Texts by path, which together break that rule and no other. */
  readonly files: Readonly<Record<string, string>>;
}

/** Files that break no rule, for others to import. */
export const TARGETS = ['scripts/planted.ts', 'scripts/kit/planted.ts', 'test/planted.ts'];

const LIBRARIES = Object.keys(packageJson.dependencies);

const plant = (rule: string, path: string, text: string): Plant => ({ rule, files: { [path]: `${text}\n` } });

export const PLANTS: readonly Plant[] = [
  plant('domain-is-pure', 'src/domain/planted-io.ts', "import 'node:fs';"),
  plant(
    'domain-is-pure',
    'src/domain/planted-logger.ts',
    "import type { Logger } from '../telemetry/logger.ts';",
  ),
  plant(
    'domain-takes-types-of-ports',
    'src/domain/planted-port.ts',
    "import { SECRET_NAMES } from '../ports/secret-source.ts';\nexport const count = SECRET_NAMES.length;",
  ),
  plant('client-stands-alone', 'src/client/planted.ts', "import 'node:crypto';"),
  plant(
    'client-takes-types',
    'src/client/planted-options.ts',
    "import { OPTION_NAMES } from '../domain/request/options.ts';\nexport const names = OPTION_NAMES;",
  ),
  plant('ports-speak-domain', 'src/ports/planted.ts', "import type { Socket } from 'node:net';"),
  plant(
    'adapters-never-meet',
    'src/adapters/secrets-env/planted.ts',
    "import type { SsmSecretSource } from '../secrets-ssm/index.ts';",
  ),
  plant(
    'adapters-never-meet',
    'src/adapters/secrets-ssm/planted.ts',
    "await import('../secrets-env/index.ts');",
  ),
  plant(
    'adapters-know-ports-and-domain',
    'src/adapters/secrets-env/planted-config.ts',
    "import type { Config } from '../../config/config.ts';",
  ),
  plant(
    'adapters-know-ports-and-domain',
    'src/adapters/secrets-env/planted-http.ts',
    "import '../../http/planted.ts';",
  ),
  plant(
    'decorators-never-meet',
    'src/adapters/decorators/observed/planted.ts',
    "import '../cache-tiered/index.ts';",
  ),
  plant(
    'remote-server-serves-caches',
    'src/adapters/secrets-ssm/planted-deadline.ts',
    "import '../remote-server/deadlines.ts';",
  ),
  plant(
    'remote-server-is-pure',
    'src/adapters/remote-server/planted.ts',
    "import type { Socket } from 'node:net';",
  ),
  plant(
    'http-drives-the-domain-only',
    'src/http/planted.ts',
    "import type { SecretSource } from '../ports/secret-source.ts';",
  ),
  plant(
    'http-takes-the-type-of-the-logger',
    'src/http/planted-logger.ts',
    "import { createLogger } from '../telemetry/logger.ts';",
  ),
  plant('one-composition-root', 'src/http/planted-adapter.ts', "import '../adapters/secrets-env/index.ts';"),
  plant('one-composition-root', 'src/planted-lazily.ts', "await import('./adapters/secrets-env/index.ts');"),
  plant(
    'one-composition-root',
    'src/planted-type.ts',
    "import type { EnvSecretSource } from './adapters/secrets-env/index.ts';",
  ),
  plant(
    'adapters-by-their-index',
    'src/composition/planted.ts',
    "import '../adapters/secrets-env/env-secret-source.ts';",
  ),
  plant('nothing-points-at-http', 'src/planted-http.ts', "import './http/planted.ts';"),
  plant('measured-from-outside', 'src/planted-metrics.ts', "await import('./telemetry/metrics/index.ts');"),
  plant(
    'measuring-knows-ports-and-domain',
    'src/telemetry/metrics/planted.ts',
    "import '../tracing/index.ts';",
  ),
  plant(
    'measuring-knows-ports-and-domain',
    'src/telemetry/tracing/planted.ts',
    "import type { Logger } from '../logger.ts';",
  ),
  plant('nothing-points-at-the-root', 'src/planted-root.ts', "import './composition/planted.ts';"),
  plant('sources-stand-alone', 'src/planted-script.ts', "import '../scripts/planted.ts';"),
  plant('sources-stand-alone', 'src/planted-test.ts', "import '../test/planted.ts';"),
  plant('scripts-know-no-tests', 'scripts/planted-test.ts', "import '../test/planted.ts';"),
  plant('scripts-know-no-tests', 'scripts/kit/planted-test.ts', "await import('../../test/planted.ts');"),
  plant('kit-knows-no-scripts', 'scripts/kit/planted-script.ts', "import '../planted.ts';"),
  ...LIBRARIES.map((library, at) =>
    plant(`owner-of-${library}`, `src/planted-${at}.ts`, `import '${library}';`),
  ),
  plant('owner-of-pino-pretty', 'src/planted-pretty.ts', "await import('pino-pretty');"),
  plant('owner-of-sharp', 'src/adapters/secrets-env/planted-sharp.ts', "await import('sharp');"),
  plant('owner-of-koa', 'src/main-planted.ts', "import type { Middleware } from 'koa';"),
  plant('every-library-has-an-owner', 'src/http/planted-library.ts', "import { expect } from 'chai';"),
  {
    rule: 'no-cycles',
    files: {
      'src/domain/planted-hen.ts': "import type { Egg } from './planted-egg.ts';\nexport type Hen = Egg[];\n",
      'src/domain/planted-egg.ts': "import type { Hen } from './planted-hen.ts';\nexport type Egg = Hen[];\n",
    },
  },
  {
    rule: 'no-cycles',
    files: {
      'scripts/planted-nest.ts': "import './planted-straw.ts';\n",
      'scripts/planted-straw.ts': "import './planted-nest.ts';\n",
    },
  },
  {
    rule: 'no-cycles',
    files: {
      'test/planted-cock.ts': "import type { Crow } from './planted-crow.ts';\nexport type Cock = Crow[];\n",
      'test/planted-crow.ts': "import type { Cock } from './planted-cock.ts';\nexport type Crow = Cock[];\n",
    },
  },
  plant('everything-resolves', 'scripts/planted-gap.ts', "import './nowhere.ts';"),
  plant('everything-resolves', 'test/planted-gap.ts', "import './nowhere.ts';"),
  plant('everything-resolves', 'src/http/planted-gap.ts', "import './nowhere.ts';"),
  plant('everything-resolves', 'src/domain/planted-gap.ts', "import 'no-such-package';"),
  plant('no-orphans', 'src/domain/planted-orphan.ts', 'export const orphan = 1;'),
];
