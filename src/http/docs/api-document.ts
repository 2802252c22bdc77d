import type { OptionLimits } from '../../domain/request/option.ts';
import { openApiDocument } from '../openapi/openapi.ts';
import type { Site } from '../site.ts';

/** What the page about the API reads of the OpenAPI document. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly parameters: Readonly<Record<string, Parameter>>;
    readonly headers: Readonly<Record<string, Header>>;
  };
}

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly parameters?: readonly Reference[];
  readonly responses: Readonly<Record<string, Answer>>;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'header';
  readonly required?: boolean;
  readonly description: string;
  readonly schema: { readonly default?: number | string };
  readonly example: number | string;
}

interface Header {
  readonly description: string;
  readonly example: number | string;
}

interface Answer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, Reference>>;
}

interface Reference {
  readonly $ref: string;
}

/** The document as programs get it. */
export function readDocument(limits: OptionLimits, site: Site): ApiDocument {
  return JSON.parse(JSON.stringify(openApiDocument(limits, site))) as ApiDocument;
}

export function parametersOf({ components }: ApiDocument, { parameters = [] }: Operation): Parameter[] {
  return parameters.flatMap((reference) => components.parameters[nameOf(reference)] ?? []);
}

function nameOf({ $ref }: Reference): string {
  return $ref.slice($ref.lastIndexOf('/') + 1);
}
