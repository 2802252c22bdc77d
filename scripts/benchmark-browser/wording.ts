/** `212 ms`, `1.24 s`. */
export function milliseconds(ms: number | undefined): string {
  if (ms === undefined) return '–';
  const whole = Math.round(ms);
  return whole < 1000 ? `${whole} ms` : `${(whole / 1000).toFixed(whole < 10_000 ? 2 : 1)} s`;
}

/** @param share 0 to 1; what is not quite all or nothing is not called so */
export function percent(share: number): string {
  const rounded = Math.round(share * 100);
  if (rounded === 0 && share > 0) return '<1 %';
  return rounded === 100 && share < 1 ? '>99 %' : `${rounded} %`;
}

export function plural(count: number, one: string): string {
  return `${count} ${count === 1 ? one : `${one}s`}`;
}
