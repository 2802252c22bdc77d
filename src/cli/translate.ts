import { createInterface } from 'node:readline';
import { thumbnailUrl } from '../client/url.ts';
import { InvalidRequestError } from '../domain/errors/index.ts';
import { type Command, type CommandInput, UsageError, textOf } from './command.ts';
import { checkParameters } from './option-flags.ts';
import { complain, print } from './output.ts';
import { BASE_FLAG, EXPIRES_FLAG, baseOf, signedThumbnail } from './sign.ts';
import { fromImgproxy } from './translate/imgproxy.ts';
import { fromThumbor } from './translate/thumbor.ts';
import { type Translated, UntranslatableError } from './translate/translated.ts';

const SERVICES: Readonly<Record<string, (path: string) => Translated>> = {
  imgproxy: fromImgproxy,
  thumbor: fromThumbor,
  imagor: fromThumbor,
};

/** `thumbnailer translate` */
export const translateCommand: Command = {
  description:
    'Translates URLs of imgproxy, thumbor or imagor, one a line on standard input or as arguments. With SIGNING_KEYS set, it signs them.',
  usage: '--from imgproxy --base https://thumbs.example [URL…]',
  flags: [{ name: 'from', value: 'NAME', meaning: 'imgproxy, thumbor or imagor.' }, BASE_FLAG, EXPIRES_FLAG],
  takesOperands: true,
  run: async (input) => {
    const from = textOf(input, 'from') ?? '';
    const read = Object.hasOwn(SERVICES, from) ? SERVICES[from] : undefined;
    if (read === undefined) throw new UsageError(`--from: expected ${Object.keys(SERVICES).join(', ')}.`);
    let isComplete = true;
    for await (const address of addressesOf(input)) {
      try {
        print(addressHere(accepted(read(pathOf(address))), input));
      } catch (error) {
        if (!(error instanceof UntranslatableError)) throw error;
        complain(`thumbnailer translate: ${address}: ${error.message}`);
        isComplete = false;
      }
    }
    return isComplete ? 0 : 1;
  },
};

async function* addressesOf({ operands }: CommandInput): AsyncGenerator<string> {
  if (operands.length > 0) yield* operands;
  else yield* linesOfInput();
}

async function* linesOfInput(): AsyncGenerator<string> {
  try {
    for await (const line of createInterface({ input: process.stdin }))
      if (line.trim() !== '') yield line.trim();
  } finally {
    // The process would wait for the rest, which nobody needs.
    process.stdin.destroy();
  }
}

/** Of an address with or without the host; what looks like a query is part of the image's URL. */
function pathOf(address: string): string {
  return address.replace(/^https?:\/\/[^/]*/, '');
}

/** @throws UntranslatableError for values that the other service takes, and this one refuses */
function accepted(translated: Translated): Translated {
  try {
    checkParameters(translated);
    return translated;
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error;
    throw new UntranslatableError(error.message, { cause: error });
  }
}

function addressHere(parameters: Translated, input: CommandInput): string {
  return (input.environment['SIGNING_KEYS'] ?? '') === ''
    ? thumbnailUrl(baseOf(input), parameters)
    : signedThumbnail(input, parameters);
}
