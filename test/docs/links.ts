import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { type Page, PROJECT, lineAt, readPage } from './markdown.ts';

/** `page.md:12: target` of each link in a page that leads nowhere; addresses of other sites are not asked. */
export function brokenLinks(path: string, { prose }: Page): string[] {
  return [...prose.matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g)]
    .map(({ 1: target = '', index }) => ({ target, line: lineAt(prose, index) }))
    .filter(({ target }) => !/^[a-z]+:/.test(target) && !leadsSomewhere(path, prose, target))
    .map(({ target, line }) => `${path}:${line}: ${target}`);
}

function leadsSomewhere(page: string, prose: string, target: string): boolean {
  const [file = '', anchor] = target.split('#');
  if (file === '') return anchorsOf(prose).includes(anchor ?? '');
  const path = normalize(join(dirname(page), decodeURIComponent(file)));
  if (path.startsWith('..') || !existsSync(join(PROJECT, path))) return false;
  return anchor === undefined || anchorsOf(readPage(path).prose).includes(anchor);
}

/** As GitHub makes them of headings: a second one of the same text ends in `-1`. */
export function anchorsOf(prose: string): string[] {
  const seen = new Map<string, number>();
  return [...prose.matchAll(/^#{1,6} +(.+?) *#*$/gm)].map(([, heading = '']) => {
    const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = text.replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '').replaceAll(' ', '-');
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
}

/** What an example calls something of the reader's own. */
const MADE_UP = /\bacme\b/;

/** `page.md:12: path` of each file or folder of the project that is named in a page and is not there. */
export function missingFiles(path: string, { prose }: Page): string[] {
  const named = /`((?:src|test|scripts|docs|deploy|\.ci|\.github)\/[^`\s*{}<>…]*)`/g;
  return [...prose.matchAll(named)]
    .filter(([, file = '']) => !MADE_UP.test(file) && !existsSync(join(PROJECT, file)))
    .map(({ 1: file = '', index }) => `${path}:${lineAt(prose, index)}: ${file}`);
}
