/** As an operator writes numbers, sizes, durations, networks; words of a list and names of packages; a server. */
const HARMLESS = [
  /^[-+]?\d[\d.,:/ -]{0,20}[a-z%]{0,7}$/i,
  /^(?=.{0,16}$)@?[a-z]*([ ,;_./-]+[a-z]*)*$/i,
  /^https?:\/\/[a-z.-]{1,40}\/?$/i,
];

const ADDRESS = /^[a-z][\w+.-]*:\/\//i;

/**
 * What was found in a variable, as a message may tell it. A password, a key or a URL with a password in it may have got
 * into any variable by mistake: only what is short and looks like a setting is shown in full.
 *
 * @param secrets values that are shown in no part
 */
export function shownValue(text: string, secrets: readonly string[] = []): string {
  const isHarmless = HARMLESS.some((pattern) => pattern.test(text));
  if (isHarmless && !secrets.includes(text)) return JSON.stringify(text);
  const [scheme] = ADDRESS.exec(text) ?? [];
  if (scheme !== undefined) return `an address that begins with ${scheme}`;
  return `a text of ${text.length} characters`;
}

/** A message without user names and passwords of the addresses in it. */
export function withoutCredentials(message: string): string {
  return message.replace(/([a-z][\w+.-]{0,30}:\/\/)\S*@/gi, '$1…@');
}
