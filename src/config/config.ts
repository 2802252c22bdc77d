import { contradictionsIn } from './contradictions.ts';
import { VARIABLES, type Variable, type Values } from './variables.ts';
import { secret } from './formats.ts';
import { presetFaults } from './presets.ts';
import { secretFaults } from './secret-faults.ts';
import { type Config, SECRET_VARIABLES, configOf, requestsOf, secretsOf } from './settings.ts';
import { shownValue } from './shown-value.ts';

export type { AwsEnvironment, CacheConfig, CacheKind, Config, SecretsConfig } from './settings.ts';

/** One message for all that is wrong with the environment. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(faults: readonly string[], options?: ErrorOptions) {
    const lines = faults.map((fault) => `  ${fault}`).join('\n');
    super(`These environment variables cannot be used:\n${lines}`, options);
  }
}

/** The level at which it is logged that settings cannot be used: the one variable that counts all the same. */
export function levelOfFailures({ LOG_LEVEL: level }: Readonly<NodeJS.ProcessEnv> = process.env): string {
  return level === 'silent' ? level : 'fatal';
}

/** @throws ConfigError naming every variable at fault, the format that it wants and what was found. */
export function readConfig(environment: Readonly<NodeJS.ProcessEnv> = process.env): Config {
  const isSet = (name: keyof Values) => (environment[name] ?? '') !== '';
  const values = readValues(environment, isSet);
  return configOf(environment, values, isSet);
}

function readValues(
  environment: Readonly<NodeJS.ProcessEnv>,
  isSet: (name: keyof Values) => boolean,
): Values {
  const faults: string[] = [];
  const standIns: Record<string, unknown> = {};
  const secrets = secretsIn(environment);
  const entries = Object.entries<Variable<unknown>>(VARIABLES).map(([name, variable]) => {
    // Templates hand over an empty value for what is not set.
    const found = environment[name] === '' ? undefined : environment[name];
    const text = found ?? variable.default;
    try {
      return [name, text === undefined ? undefined : variable.parse(text)];
    } catch {
      faults.push(`${name}: expected ${variable.format}; found ${shownValue(text ?? '', secrets)}`);
      standIns[name] = variable.default === undefined ? undefined : variable.parse(variable.default);
      return [name, undefined];
    }
  });
  const values = Object.fromEntries(entries) as Values;
  faults.push(...faultsAmong(values));
  const readable = { ...values, ...standIns };
  faults.push(...faultsOfSecrets(readable));
  // Of what could not be read, nothing more can be said.
  const isUnread = (fault: string) => Object.keys(standIns).some((name) => fault.split(/\W+/).includes(name));
  faults.push(...contradictionsIn(readable, isSet).filter((fault) => !isUnread(fault)));
  if (faults.length > 0) throw new ConfigError(faults);
  return values;
}

/** What does not go together, where each could be read. */
function faultsAmong(values: Values): string[] {
  const requests = requestsOf(values);
  const areRead = Object.values<unknown>({ ...requests }).every((value) => value !== undefined);
  return areRead ? presetFaults(requests) : [];
}

/** Where they come from the environment: then they are settings as all others. */
function faultsOfSecrets(values: Values): string[] {
  if (values.SECRET_SOURCE !== 'env') return [];
  const { THUMBNAIL_CACHE: caches = [], SIGNATURES: signatures, MEMCACHIER_SERVER: server } = values;
  const hasList = server === undefined && values.MEMCACHIER_SERVERS !== undefined;
  const variables = {
    ...SECRET_VARIABLES,
    ...(hasList && { 'memcachier-server': 'MEMCACHIER_SERVERS' as const }),
  };
  return secretFaults(secretsOf(values), { caches, signatures }, (name) => variables[name]);
}

/** Also what is in secret variables that are not asked for. */
function secretsIn(environment: Readonly<NodeJS.ProcessEnv>): string[] {
  const names = Object.entries<Variable<unknown>>(VARIABLES).filter(
    ([, { format }]) => format === secret.format,
  );
  return names.map(([name]) => environment[name] ?? '').filter((value) => value !== '');
}
