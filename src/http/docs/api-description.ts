import type { OptionLimits } from '../../domain/request/option.ts';
import { CODE_MEANINGS } from '../openapi/faults.ts';
import { PAGES } from '../openapi/tags.ts';
import type { Site } from '../site.ts';
import { type Operation, type Parameter, parametersOf, readDocument } from './api-document.ts';
import { type Example, exampleOf } from './examples.ts';

/** The API for people: the same facts as in the OpenAPI document, each of them once. */
export interface ApiDescription {
  readonly operations: readonly OperationDescription[];
  readonly parameters: readonly Named[];
  readonly requestHeaders: readonly Named[];
  readonly headers: readonly Named[];
  readonly codes: typeof CODE_MEANINGS;
}

export interface OperationDescription {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  /** Names of what is described below. */
  readonly parameters: readonly string[];
  readonly requestHeaders: readonly string[];
  readonly headers: readonly string[];
  readonly codes: readonly string[];
  /** What it answers with where nothing fails. */
  readonly answers: readonly { readonly status: string; readonly description: string }[];
  readonly example: Example;
}

/** A parameter or a header. */
interface Named {
  readonly name: string;
  readonly description: string;
  readonly isRequired: boolean;
  readonly default?: number | string | undefined;
  readonly example: number | string;
}

/** Those that say something of their own. */
const METHODS = ['get', 'post', 'delete'] as const;

export function describeApi(limits: OptionLimits, site: Site): ApiDescription {
  const document = readDocument(limits, site);
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation === undefined || operation.tags.includes(PAGES) ? [] : [{ path, method, operation }];
    }),
  );
  const parameters = Object.entries(document.components.parameters)
    // The same once more, for requests that have to be signed.
    .filter(([name]) => !name.startsWith('required-'))
    .map(([, parameter]) => parameter);
  return {
    operations: operations.map(({ path, method, operation }) => {
      const known = parametersOf(document, operation);
      return {
        id: operation.operationId,
        method: method.toUpperCase(),
        path,
        summary: operation.summary,
        description: operation.description,
        parameters: namesOf(known, 'query'),
        requestHeaders: namesOf(known, 'header'),
        ...answersOf(operation),
        example: exampleOf(operation.operationId, known, limits, site),
      };
    }),
    parameters: parameters.filter((parameter) => parameter.in === 'query').map(named),
    requestHeaders: parameters.filter((parameter) => parameter.in === 'header').map(named),
    headers: Object.entries(document.components.headers).map(([name, { description, example }]) => ({
      name,
      description,
      isRequired: false,
      example,
    })),
    codes: CODE_MEANINGS,
  };
}

function answersOf({ responses }: Operation): Pick<OperationDescription, 'headers' | 'codes' | 'answers'> {
  const answers = Object.entries(responses).map(([status, answer]) => ({ status, ...answer }));
  return {
    answers: answers.filter(({ description }) => codesIn(description).length === 0),
    headers: Object.keys(responses['200']?.headers ?? {}),
    codes: answers.flatMap(({ description }) => codesIn(description)),
  };
}

/** An answer to faults lists them by their codes. */
function codesIn(description: string): string[] {
  return [...description.matchAll(/`([a-z-]+)`: /g)].map(([, code = '']) => code);
}

function namesOf(parameters: readonly Parameter[], place: Parameter['in']): string[] {
  return parameters.filter((parameter) => parameter.in === place).map(({ name }) => name);
}

function named({ name, description, required = false, schema, example }: Parameter): Named {
  return { name, description, isRequired: required, default: schema.default, example };
}
