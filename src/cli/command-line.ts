import packageJson from '../../package.json' with { type: 'json' };
import { type Command, UsageError, runCommand } from './command.ts';
import { OutputLostError, print, watchOutput } from './output.ts';

/** Loaded when they are called: none waits for what only another needs. */
const COMMANDS: Readonly<
  Record<string, { readonly summary: string; readonly load: () => Promise<Command> }>
> = {
  serve: {
    summary: 'run the service',
    load: async () => (await import('./serve.ts')).serveCommand,
  },
  make: {
    summary: 'make thumbnails of local files and folders',
    load: async () => (await import('./make.ts')).makeCommand,
  },
  info: {
    summary: 'tell what is known of local images',
    load: async () => (await import('./info.ts')).infoCommand,
  },
  sign: {
    summary: 'sign the URL of a thumbnail',
    load: async () => (await import('./sign.ts')).signCommand,
  },
  translate: {
    summary: 'translate URLs of imgproxy, thumbor or imagor',
    load: async () => (await import('./translate.ts')).translateCommand,
  },
  purge: {
    summary: 'remove an image from the caches of a service',
    load: async () => (await import('./purge.ts')).purgeCommand,
  },
};

const HELP = `Thumbnails of images: as a service, and of local files.

  thumbnailer COMMAND [options]

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(11)}${summary}`)
  .join('\n')}

thumbnailer COMMAND --help says what a command takes. Exit codes: 0, all was done; 1, some of it failed; 2, the command
was not understood.`;

/** Runs the command that the arguments name, and sets the exit code. */
export async function runCommandLine(
  [name = '--help', ...args]: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  watchOutput();
  try {
    process.exitCode = Math.max(await dispatch(name, args, environment), Number(process.exitCode ?? 0));
  } catch (error) {
    if (error instanceof OutputLostError) return;
    const title = Object.hasOwn(COMMANDS, name) ? `thumbnailer ${name}` : 'thumbnailer';
    if (error instanceof UsageError) {
      process.stderr.write(`${title}: ${error.message}\nSee ${title} --help.\n`);
      process.exitCode = 2;
    } else {
      process.stderr.write(`${title}: ${await settingFault(error)}\n`);
      process.exitCode = 1;
    }
  }
}

/** What is wrong with the settings of the environment. @throws whatever else went wrong */
async function settingFault(error: unknown): Promise<string> {
  const { ConfigError } = await import('../config/config.ts');
  if (!(error instanceof ConfigError)) throw error;
  const { withoutCredentials } = await import('../config/shown-value.ts');
  return withoutCredentials(error.message);
}

async function dispatch(
  name: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  const [topic] = args;
  // As many other commands have it.
  if (name === 'help' && topic !== undefined) return dispatch(topic, ['--help'], environment);
  if (['--help', '-h', 'help'].includes(name)) {
    print(HELP);
    return 0;
  }
  if (name === '--version') {
    print(packageJson.version);
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined)
    throw new UsageError(
      `There is no command ${JSON.stringify(name)}. Known: ${Object.keys(COMMANDS).join(', ')}.`,
    );
  return runCommand(await command.load(), { title: `thumbnailer ${name}`, args, environment });
}
