const UNRELEASED = '## Unreleased\n';

/** What stands under "Unreleased", without space around it; empty where there is no such heading, or no entry. */
export function unreleased(changelog: string): string {
  const [, after = ''] = changelog.split(UNRELEASED);
  const [section = ''] = after.split(/^## /m);
  return /^- /m.test(section) ? section.trim() : '';
}

/** @param date as `2026-01-31` */
export function releaseUnreleased(changelog: string, version: string, date: string): string {
  return changelog.replace(UNRELEASED, () => `${UNRELEASED}\n## ${version} - ${date}\n`);
}
