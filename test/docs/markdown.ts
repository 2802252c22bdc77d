import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const PROJECT = join(import.meta.dirname, '../..');

/** Every page that people read, by its path in the project. */
export const PAGES = ['*.md', 'docs/**/*.md', '.github/**/*.md'].flatMap((pattern) =>
  globSync(pattern, { cwd: PROJECT }).sort(),
);

export interface Fence {
  /** What stands behind the opening marks; empty where nothing does. */
  readonly language: string;
  readonly text: string;
  /** Of the opening marks, beginning with 1. */
  readonly line: number;
}

/** A page, with its fenced blocks apart from the rest; `prose` has as many lines as the page. */
export interface Page {
  readonly fences: readonly Fence[];
  readonly prose: string;
}

export function readPage(path: string): Page {
  return parsePage(readFileSync(join(PROJECT, path), 'utf8'));
}

export function parsePage(markdown: string): Page {
  const fences: Fence[] = [];
  const prose = markdown.replace(
    /^( *)```([^\n`]*)\n(.*?)^\1```$/gms,
    (block, _indent, language: string, text: string, offset: number) => {
      fences.push({ language: language.trim(), text, line: lineAt(markdown, offset) });
      return block.replace(/[^\n]/g, '');
    },
  );
  return { fences, prose };
}

/** The number of the line in which a position is, beginning with 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
