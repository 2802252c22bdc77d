import { parseArgs } from 'node:util';
import { print } from './output.ts';

/** One option of a command. */
export interface Flag {
  readonly name: string;
  readonly short?: string;
  /** What stands for its value in the help; without one it is a switch. */
  readonly value?: string;
  readonly meaning: string;
}

/** What a command was given. */
export interface CommandInput {
  readonly options: Readonly<Partial<Record<string, string | boolean>>>;
  /** What is no option: files and folders. */
  readonly operands: readonly string[];
  /** To be written to where a process is to see a change. */
  readonly environment: NodeJS.ProcessEnv;
}

/** One command of `thumbnailer`. */
export interface Command {
  /** What its help begins with. */
  readonly description: string;
  /** How it is called, after its name. */
  readonly usage: string;
  readonly flags: readonly Flag[];
  readonly takesOperands?: boolean;
  /** @returns the exit code: 0, or 1 where not all of it was done */
  readonly run: (input: CommandInput) => Promise<number>;
}

/** The command cannot be understood, or lacks something. One sentence for the person who typed it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const HELP: Flag = { name: 'help', short: 'h', meaning: 'This text.' };

/** How a command was called. */
interface Call {
  /** Its name, for its help. */
  readonly title: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Runs a command with its arguments, or prints its help.
 *
 * @returns the exit code
 * @throws UsageError
 */
export async function runCommand(command: Command, { title, args, environment }: Call): Promise<number> {
  const input = { ...parse(command, args), environment };
  if (input.options['help'] !== true) return command.run(input);
  print(helpOf(command, title));
  return 0;
}

/** A value that was given for an option. */
export function textOf({ options }: CommandInput, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

function parse({ flags, takesOperands = false }: Command, args: readonly string[]) {
  const options = [...flags, HELP].map(({ name, short, value }) => [
    name,
    { type: value === undefined ? 'boolean' : 'string', ...(short !== undefined && { short }) },
  ]);
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: Object.fromEntries(options) as Record<string, { type: 'boolean' | 'string' }>,
      allowPositionals: takesOperands,
    });
    return { options: values, operands: positionals };
  } catch (cause) {
    // Of what parseArgs says, the first sentence; the others are about something else.
    const [sentence = ''] = (cause instanceof Error ? cause.message : String(cause)).split(
      /(?<=\.) (?=[A-Z])/,
    );
    throw new UsageError(sentence, { cause });
  }
}

function helpOf({ description, usage, flags }: Command, title: string): string {
  const rows = [...flags, HELP].map(({ name, short, value = '', meaning }) => {
    const names = `${short === undefined ? '' : `-${short}, `}--${name} ${value}`;
    return `  ${names.padEnd(22)}${wrapped(meaning, 24)}`;
  });
  return `${description}\n\n  ${title} ${usage}\n\n${rows.join('\n')}`;
}

/** As lines of a terminal's usual width, all but the first indented. */
function wrapped(text: string, indent: number): string {
  const width = 96 - indent;
  return text.replaceAll(new RegExp(`(.{1,${width}})(?: |$)`, 'g'), `$1\n${' '.repeat(indent)}`).trimEnd();
}
