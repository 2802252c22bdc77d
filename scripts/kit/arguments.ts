import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';

/**
 * The arguments of a script. With `--help` it prints the comment that the script's file begins with, and ends; an option
 * that there is not, it refuses in a line.
 *
 * @param file `import.meta.filename` of the script
 */
export function argumentsOf<const Config extends ParseArgsConfig>(
  file: string,
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  if (process.argv.slice(2).includes('--help')) {
    process.stdout.write(firstCommentOf(readFileSync(file, 'utf8')));
    process.exit(0);
  }
  try {
    return parseArgs(config);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // What follows the first sentence is about arguments that begin with a hyphen.
    const [sentence = ''] = error.message.split('. ', 1);
    process.stderr.write(`${basename(file)}: ${sentence}. See --help.\n`);
    process.exit(1);
  }
}

/** Without what makes it a comment. */
function firstCommentOf(source: string): string {
  const [, comment = ''] = /\/\*\*\n([\s\S]*?) \*\/\n/.exec(source) ?? [];
  return comment.replace(/^ \* ?/gm, '');
}
