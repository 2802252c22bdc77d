import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const FONT_FOLDERS = ['/usr/share/fonts', '/usr/local/share/fonts', join(homedir(), '.fonts')];

/** Whether text can be drawn. Other systems than Linux come with fonts, elsewhere. */
export function hasFonts(): boolean {
  return process.platform !== 'linux' || FONT_FOLDERS.some((folder) => readFolder(folder).length > 0);
}

function readFolder(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.(ttf|otf|ttc|pf[ab])$/i.test(name),
    );
  } catch {
    return [];
  }
}
