import { PAGES, type Page, lineAt, readPage } from './markdown.ts';

export interface DocumentedCommand {
  /** On one line, without comment. */
  readonly command: string;
  /** `docs/page.md:12`. */
  readonly where: string;
}

/** A block without a language is shell too, so that nothing hides in one: call a drawing `text`. */
const SHELL = ['', 'sh', 'bash', 'console'];

/** What begins with one of these, in the middle of a sentence, is a command; their names alone are none. */
const PROGRAM = /^([A-Z_]+=\S+ )*(npm|npx|node|docker|curl|aws|git|thumbnailer-ecs) \S/;

export function documentedCommands(): DocumentedCommand[] {
  // The changelog tells of commands as they were.
  return PAGES.filter((path) => path !== 'CHANGELOG.md').flatMap((path) => commandsOf(readPage(path), path));
}

export function commandsOf({ fences, prose }: Page, path: string): DocumentedCommand[] {
  const inBlocks = fences
    .filter(({ language }) => SHELL.includes(language))
    .flatMap(({ text, line }) => commandsIn(text).map((command) => ({ command, where: `${path}:${line}` })));
  const inSentences = [...prose.matchAll(/(?<!`)`([^`]+)`(?!`)/g)].flatMap(({ 1: span = '', index }) =>
    commandsIn(span.replaceAll('\n', ' '))
      .filter((command) => PROGRAM.test(command))
      .map((command) => ({ command, where: `${path}:${lineAt(prose, index)}` })),
  );
  return [...inBlocks, ...inSentences];
}

/** A pipe is one command; what `&&` joins are several. */
function commandsIn(script: string): string[] {
  return script
    .replace(/\\\n\s*/g, '')
    .split(/\n| && /)
    .map((line) =>
      line
        .replace(/^\$ /, '')
        .replace(/(^|\s+)#.*$/, '')
        .trim(),
    )
    .filter((line) => line !== '');
}
