/** Worked examples of docs/adapters.md, as the paths of their modules. */
export const PLAIN_FETCHER_MODULE = pathOf('plain-fetcher.js');
export const PLAIN_RESIZER_MODULE = pathOf('plain-resizer.js');

function pathOf(name: string): string {
  return new URL(`../../docs/examples/${name}`, import.meta.url).pathname;
}
