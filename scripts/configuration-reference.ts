import { VARIABLES, type Variable } from '../src/config/variables.ts';

/** Defaults that the machine decides, in words. */
const COMPUTED: Readonly<Record<string, string>> = {
  RESIZE_CONCURRENCY: 'one more than the CPUs',
  MEMORY_BUDGET: 'two fifths of the memory that the process may use',
};

const HEAD = `# Configuration

<!-- Written by scripts/write-configuration-reference.ts; a test holds it against the code. -->

Everything is set by environment variables, read once at the start. An empty value counts as not set. A fault in any of
them stops the start, with one message that names every faulty variable, the format it wants and what was found.

Durations are written \`250ms\`, \`10s\`, \`5m\`, \`12h\`, \`30d\`; sizes \`512KiB\`, \`20MiB\`. Lists are separated by
commas.

| variable | default | format | meaning |
|---|---|---|---|
`;

/** docs/configuration.md, whole. */
export function configurationReference(): string {
  const rows = Object.entries<Variable<unknown>>(VARIABLES).map(
    ([name, { default: text, format, meaning }]) => {
      const shown = COMPUTED[name] ?? (text === undefined ? 'not set' : `\`${text}\``);
      return `| \`${name}\` | ${shown} | ${format} | ${meaning} |\n`;
    },
  );
  return HEAD + rows.join('');
}
