import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const FONT_FOLDERS = ['/usr/share/fonts', '/usr/local/share/fonts', join(homedir(), '.fonts')];
const FONT_FILE = /\.(ttf|otf|ttc|pf[ab])$/i;

/** Whether text can be drawn. Other systems than Linux come with fonts, elsewhere. */
export function hasFonts(): boolean {
  return process.platform !== 'linux' || FONT_FOLDERS.some(holdsFont);
}

/** Ends with the first that is found: some systems have thousands. */
function holdsFont(folder: string): boolean {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    if (entries.some((entry) => !entry.isDirectory() && FONT_FILE.test(entry.name))) return true;
    return entries.some((entry) => entry.isDirectory() && holdsFont(join(folder, entry.name)));
  } catch {
    return false;
  }
}
