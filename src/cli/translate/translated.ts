/** What an address of another service asks for, as parameters of `GET /thumbnail`. */
export type Translated = Readonly<Record<string, string>> & { readonly url: string };

/** It asks for something that this service does not have. One sentence for the person who moves. */
export class UntranslatableError extends Error {
  override readonly name = 'UntranslatableError';
}

export function withoutSize(): UntranslatableError {
  return new UntranslatableError('it has no size, and a thumbnail needs one');
}

/** A side of the box; 0 stands for a side that is left to the image. */
export function side(name: 'width' | 'height', text: string): Record<string, string> {
  if (!/^\d+$/.test(text)) throw new UntranslatableError(`the ${name} ${text} is no number of pixels`);
  return Number(text) === 0 ? {} : { [name]: String(Number(text)) };
}

/**
 * The URL of an image, which may be written without its scheme or percent-encoded as a whole. What imgproxy reads from a
 * folder is a path below SOURCE_BASE here.
 */
export function sourceUrl(text: string): string {
  const plain = /^[a-z0-9]+%3a%2f/i.test(text) ? decoded(text) : text;
  const url = /^[a-z][a-z0-9]*:\//i.test(plain)
    ? plain.replace(/^(https?):\/+/i, '$1://')
    : `https://${plain}`;
  if (/^local:\/\/\/./.test(url)) return url.slice('local://'.length);
  if (!/^(https?|s3):/i.test(url))
    throw new UntranslatableError(`${url} is no kind of URL that is fetched here`);
  if (URL.canParse(url)) return url;
  throw new UntranslatableError(`${JSON.stringify(text)} is no URL of an image`);
}

/** Without its percent-encoding. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new UntranslatableError(`${JSON.stringify(text)} is not percent-encoded as it should be`, {
      cause,
    });
  }
}
