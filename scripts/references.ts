import { VARIABLES, type Variable } from '../src/config/variables.ts';
import { DEFAULT_LIMITS } from './kit/spec.ts';
import { THUMBNAIL_PARAMETERS, parameterComponents } from '../src/http/openapi/parameters.ts';

/** Defaults that the machine decides, in words. */
const COMPUTED: Readonly<Record<string, string>> = {
  DOWNLOADS_PER_HOST: 'a quarter of `DOWNLOAD_CONCURRENCY`',
  RESIZE_CONCURRENCY: 'one more than the CPUs; one where the process may use 512 MiB or less',
  MAX_ANIMATION_PIXELS: 'a tenth of `MEMORY_BUDGET` in bytes',
  MEMORY_BUDGET: 'two fifths of the memory that the process may use',
};

/** The tables in docs/ that are written from the code, by the document that has them. */
export const REFERENCES: Readonly<Record<string, () => string>> = {
  'configuration.md': () =>
    table(
      ['variable', 'default', 'format', 'meaning'],
      Object.entries<Variable<unknown>>(VARIABLES).map(([name, { default: text, format, meaning }]) => {
        const shown = COMPUTED[name] ?? (text === undefined ? 'not set' : `\`${text}\``);
        return [`\`${name}\``, shown, format, meaning];
      }),
    ),
  'http-api.md': () => {
    const parameters = parameterComponents(DEFAULT_LIMITS);
    const rows = THUMBNAIL_PARAMETERS.map((name) => {
      const { required, description, schema } = parameters[name] as Parameter;
      const shown = schema.default === undefined ? 'none' : `\`${schema.default}\``;
      return [`\`${name}\``, description, required === true ? 'required' : shown];
    });
    return table(['parameter', 'meaning', 'default'], rows);
  },
};

interface Parameter {
  readonly required?: boolean;
  readonly description: string;
  readonly schema: { readonly default?: string | number };
}

const BEGIN = '<!-- Written by scripts/write-references.ts; a test holds it against the code. -->\n\n';
const END = '\n<!-- End of what is written. -->';

/** The document with the table as the code has it now. @throws Error where it has no place for one */
export function withReference(document: string, reference: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END, begin);
  if (begin === -1 || end === -1) throw new Error(`The document has no "${BEGIN.trim()}" with its end.`);
  return document.slice(0, begin + BEGIN.length) + reference + document.slice(end);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  return [line(head), `|${head.map(() => '---|').join('')}\n`, ...rows.map(line)].join('');
}
