/** `212 ms`, `1.24 s`. Medians may end in a half: they are rounded up. */
export function milliseconds(ms: number): string {
  const whole = Math.round(ms);
  return whole < 1000 ? `${whole} ms` : `${(whole / 1000).toFixed(whole < 10_000 ? 2 : 1)} s`;
}

/** @param share 0 to 1; what is not quite all or nothing is not called so */
export function percent(share: number): string {
  const rounded = Math.round(share * 100);
  if (rounded === 0 && share > 0) return '<1 %';
  if (rounded === 100 && share < 1) return '>99 %';
  return `${rounded} %`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** The last part of each address; the whole of it where two images would have the same name. */
export function imageNames(images: readonly string[]): ReadonlyMap<string, string> {
  const shortNames = new Map([...new Set(images)].map((image) => [image, lastPart(image)]));
  const uses = Map.groupBy(shortNames.values(), (name) => name);
  return new Map(
    [...shortNames].map(([image, name]) => [image, uses.get(name)?.length === 1 ? name : image]),
  );
}

function lastPart(image: string): string {
  const path = URL.parse(image)?.pathname ?? '';
  return path.slice(path.lastIndexOf('/') + 1) || image;
}
