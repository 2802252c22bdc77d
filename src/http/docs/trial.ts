import type { OptionLimits, RequestOption } from '../../domain/request/option.ts';
import { DELIVERY, DELIVERY_NAMES } from '../../domain/request/delivery.ts';
import { OPTIONS, OPTION_NAMES, type OptionName } from '../../domain/request/options.ts';
import { TRIABLE } from '../openapi/openapi.ts';
import type { ApiDescription, OperationDescription } from './api-description.ts';

/** A field of the form by which a person tries an operation. */
export interface TrialField {
  readonly name: string;
  /** Without any, it is a field for text. */
  readonly choices: readonly string[];
  readonly isRequired: boolean;
  readonly example: string;
}

/** An operation that was tried, and the request that it made. */
export interface Trial {
  readonly id: string;
  readonly values: Readonly<Record<string, string>>;
  /** From the service's base path on. */
  readonly address: string;
}

/** Fields for whatever anyone may ask for, by the operation's id. */
export function trialFields(
  { operations, parameters }: ApiDescription,
  limits: OptionLimits,
): Readonly<Record<string, readonly TrialField[]>> {
  const described = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const fieldsOf = ({ parameters: names }: OperationDescription) =>
    names.flatMap((name): TrialField[] => {
      const parameter = described.get(name);
      const choices = choicesOf(name, limits);
      if (parameter === undefined || choices === undefined) return [];
      const { isRequired, example } = parameter;
      return [{ name, choices, isRequired, example: String(example) }];
    });
  return Object.fromEntries(
    operations.filter(({ id }) => isTriable(id)).map((operation) => [operation.id, fieldsOf(operation)]),
  );
}

/** Reads what the form sent; fields that were left empty are left out. Undefined where none was sent. */
export function readTrial(
  query: URLSearchParams,
  { operations }: ApiDescription,
  fields: Readonly<Record<string, readonly TrialField[]>>,
): Trial | undefined {
  const operation = operations.find(({ id }) => id === query.get('try'));
  const known = fields[operation?.id ?? ''];
  if (operation === undefined || known === undefined) return undefined;
  const given = known.map(({ name }) => [name, query.get(name)?.trim() ?? ''] as const);
  const values = Object.fromEntries(given.filter(([, value]) => value !== ''));
  const { id, path } = operation;
  return { id, values, address: `${path}?${new URLSearchParams(values).toString()}` };
}

function isTriable(id: string): boolean {
  return (TRIABLE as readonly string[]).includes(id);
}

/** What a person can choose from; empty where that is any text, undefined where nothing is left to choose unsigned. */
function choicesOf(name: string, limits: OptionLimits): readonly string[] | undefined {
  if (name === 'url' || name === 'fields') return [];
  const delivery = DELIVERY_NAMES.find((known) => known === name);
  if (delivery !== undefined) return enumOf(DELIVERY[delivery].schema);
  const known = OPTION_NAMES.find((candidate) => candidate === name);
  return known === undefined ? undefined : openChoices(known, limits);
}

function openChoices(name: OptionName, limits: OptionLimits): readonly string[] | undefined {
  const option = OPTIONS[name] as RequestOption<unknown>;
  // Some have no values but those that the operator has named.
  if (option.form?.choices(limits).length === 0) return undefined;
  const isOpen = (text: string) => option.refuse?.(option.parse(text), limits, false) === undefined;
  const choices = enumOf(option.schema(limits));
  if (choices.length === 0) return isOpen(option.example) ? [] : undefined;
  const open = choices.filter(isOpen);
  return open.some((text) => text !== String(option.default)) ? open : undefined;
}

/** The words or numbers of a schema, perhaps beside others that it takes. */
function enumOf(schema: object): string[] {
  const { enum: words, anyOf } = schema as {
    readonly enum?: readonly (number | string)[];
    readonly anyOf?: readonly object[];
  };
  return words?.map(String) ?? anyOf?.flatMap(enumOf) ?? [];
}
