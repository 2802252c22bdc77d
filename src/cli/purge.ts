import type { Command } from './command.ts';
import { complain } from './output.ts';
import { BASE_FLAG, URL_FLAG, purgeUrl } from './sign.ts';

/** Longer than any service with its default settings takes. */
const TIMEOUT_MS = 30_000;

/** `thumbnailer purge` */
export const purgeCommand: Command = {
  description:
    'Removes an image from all caches of a service, in every size and format. SIGNING_KEYS has the keys of the service.',
  usage: '--url https://example.com/photo.jpg --base https://thumbs.example',
  flags: [URL_FLAG, BASE_FLAG],
  run: async (input) => {
    const url = purgeUrl(input);
    const failure = await send(url);
    if (failure === undefined) return 0;
    complain(`thumbnailer purge: ${failure}`);
    return 1;
  },
};

/** @returns what went wrong, if anything did */
async function send(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(url, { method: 'DELETE', signal: AbortSignal.timeout(TIMEOUT_MS) });
    // Another program than the service may answer 200 to anything.
    if (answer.status === 204) return undefined;
    return `the service answered ${answer.status}: ${detailOf(await answer.text())}`;
  } catch (error) {
    const { message, cause } = error as Error;
    return `the service at ${new URL(url).origin} did not answer: ${cause instanceof Error ? cause.message : message}`;
  }
}

/** Of a problem document, the sentence for people; of anything else, its beginning. */
function detailOf(body: string): string {
  const beginning = body.slice(0, 200);
  try {
    return (JSON.parse(body) as { detail?: string } | null)?.detail ?? beginning;
  } catch {
    return beginning;
  }
}
