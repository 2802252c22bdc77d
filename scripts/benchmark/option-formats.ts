/** From 1 on. */
export function count(option: string, text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new Error(`${option} is a whole number from 1 on, not ${text}.`);
  return Number(text);
}

/** `50ms`, `1s`. */
export function milliseconds(text: string): number {
  const [, number, unit] = /^(\d{1,6})(ms|s)$/.exec(text) ?? [];
  if (number === undefined) throw new Error(`--origin-delay is a time such as 50ms, not ${text}.`);
  return Number(number) * (unit === 's' ? 1000 : 1);
}

/** `20Mbit`, as networks are sold. */
export function bytesPerSecond(text: string): number {
  const [, number, unit] = /^(\d{1,6})(kbit|Mbit|Gbit)$/.exec(text) ?? [];
  const bits = { kbit: 1e3, Mbit: 1e6, Gbit: 1e9 }[unit ?? ''];
  if (bits === undefined || Number(number) === 0) {
    throw new Error(`--origin-bandwidth is a rate such as 20Mbit, not ${text}.`);
  }
  return (Number(number) * bits) / 8;
}
