import { VARIABLES, type Variable } from '../config/variables.ts';
import { secret } from '../config/formats.ts';
import { tuneProcess } from '../process/tuning.ts';
import { type Command, type Flag, textOf } from './command.ts';

/** Every variable is a flag, but for secrets: anyone on the machine can read a command line. */
const FLAGS = Object.entries<Variable<unknown>>(VARIABLES)
  .filter(([name, { format }]) => format !== secret.format && !name.startsWith('OTEL_'))
  .map(([variable, { meaning, default: text }]): Flag & { readonly variable: string } => ({
    variable,
    name: variable.toLowerCase().replaceAll('_', '-'),
    value: 'VALUE',
    meaning: `${meaning}${text === undefined ? '' : `. Default: ${text}`}`,
  }));

/** `thumbnailer serve` */
export const serveCommand: Command = {
  description:
    'Runs the service. Each option is also an environment variable, as --port is PORT; secrets are only that.',
  usage: '--port 8000 --allowed-hosts localhost,thumbs.example',
  flags: FLAGS,
  run: async (input) => {
    for (const { name, variable } of FLAGS) {
      const text = textOf(input, name);
      if (text !== undefined) input.environment[variable] = text;
    }
    tuneProcess();
    // Not imported before: a process that replaces itself would load it twice.
    const { run } = await import('../process/run.ts');
    await run();
    return Number(process.exitCode ?? 0);
  },
};
