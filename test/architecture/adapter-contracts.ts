import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Folders that hold no adapter of a port themselves. */
const NO_ADAPTERS: readonly string[] = [
  'decode-libheif',
  'decorators',
  'local-files',
  'remote-server',
  'resolve-names',
  's3-client',
  'ecs-metadata',
];

/** What is wrong, a line each: adapters without a spec of their contract, and specs that do not do what they are for. */
export function findContractGaps(project: string): string[] {
  const adapters = globSync('src/adapters/{*,decorators/*}/', { cwd: project })
    .map((path) => path.replace(/\/$/, '').replace('src/adapters/', ''))
    .filter((path) => !NO_ADAPTERS.includes(path));
  const specs = globSync('test/contract/*/*.spec.ts', { cwd: project }).map((path) => ({
    path,
    adapter: basename(path, '.spec.ts'),
    text: readFileSync(join(project, path), 'utf8'),
  }));
  return [
    ...adapters
      .filter((adapter) => !specs.some((spec) => spec.adapter === basename(adapter)))
      .map((adapter) => `src/adapters/${adapter} has no spec in test/contract`),
    ...specs
      .filter(
        ({ adapter, text }) =>
          !adapters.some(
            (path) => basename(path) === adapter && text.includes(`/src/adapters/${path}/index.ts'`),
          ),
      )
      .map(({ path, adapter }) => `${path} does not import src/adapters/${adapter}/index.ts`),
    ...specs
      .filter(({ text }) => !callsContract(text))
      .map(({ path }) => `${path} does not call its contract`),
  ];
}

function callsContract(text: string): boolean {
  const [, name] = /^import \{ (\w+)[^}]*\} from '\.\/(?:store-)?contract\.ts';$/m.exec(text) ?? [];
  return name !== undefined && text.includes(`${name}(`);
}
