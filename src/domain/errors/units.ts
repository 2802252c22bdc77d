const KIB = 1024;
const MIB = 1024 * KIB;

/** A limit, in the units that settings take: `20 MiB`, `512 KiB`, `731 bytes`. */
export function formatBytes(bytes: number): string {
  if (bytes >= MIB) return `${round(bytes / MIB)} MiB`;
  if (bytes >= KIB) return `${round(bytes / KIB)} KiB`;
  return `${bytes} bytes`;
}

/** The size of a file, in the units that browsers and file managers show: `1.4 MB`, `8.2 kB`, `731 bytes`. */
export function formatFileSize(bytes: number): string {
  if (bytes >= 1e6) return `${round(bytes / 1e6)} MB`;
  if (bytes >= 1e3) return `${round(bytes / 1e3)} kB`;
  return `${bytes} bytes`;
}

/** Milliseconds as a person reads them: `10 seconds`, `1 second`, `250 milliseconds`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${milliseconds} milliseconds`;
  const seconds = round(milliseconds / 1000);
  return seconds === 1 ? '1 second' : `${seconds} seconds`;
}

/** `64, 128 or 256`. */
export function formatChoices(values: readonly (number | string)[]): string {
  const last = values.at(-1) ?? '';
  return values.length < 2 ? String(last) : `${values.slice(0, -1).join(', ')} or ${last}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
