import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { formatChoices } from '../domain/errors/units.ts';
import { OUTPUT_FORMATS } from '../domain/image/formats.ts';
import { OPTIONS } from '../domain/request/options.ts';
import type { OptionTexts } from '../domain/request/request-options.ts';
import { type Command, UsageError, textOf } from './command.ts';
import { findImages, includesFolder } from './make/find-images.ts';
import { makeAll } from './make/make-all.ts';
import type { Target } from './make/outputs.ts';
import { OPTION_FLAGS, optionTexts } from './option-flags.ts';
import { complain } from './output.ts';

/** `thumbnailer make` */
export const makeCommand: Command = {
  description: `Makes thumbnails of local images, with the service's own pipeline. Folders are walked with their subfolders. A thumbnail
keeps the name of its source, with the extension of its format. Limits are those of the service and can be set in the
same way, as MAX_SOURCE_PIXELS=100000000.`,
  usage: 'photo.jpg --size 256 --format webp --output out.webp',
  takesOperands: true,
  flags: [
    ...OPTION_FLAGS,
    {
      name: 'output',
      short: 'o',
      value: 'PATH',
      meaning:
        'A file, whose extension says the format, or a folder; for several images, a folder. - is standard output. Without it a thumbnail is written beside its source.',
    },
    { name: 'quiet', short: 'q', meaning: 'Say nothing but what goes wrong.' },
  ],
  run: async (input) => {
    const { operands } = input;
    if (operands.length === 0) throw new UsageError('Name an image or a folder, such as photo.jpg.');
    const target = await targetOf(textOf(input, 'output'), operands);
    const texts = withFormat(optionTexts(input), target);
    const { images, unfound } = await findImages(
      operands,
      target.kind === 'folder' ? target.path : undefined,
    );
    for (const { path, reason } of unfound) complain(`${path}: ${reason}`);
    if (images.length === 0 && unfound.length === 0) {
      complain(`There is no image in ${operands.join(', ')}.`);
      return 1;
    }
    const isQuiet = input.options['quiet'] === true;
    const code = await makeAll(images, { target, texts, isQuiet, environment: input.environment });
    return unfound.length > 0 ? Math.max(code, 1) : code;
  },
};

/** @throws UsageError where several thumbnails would go into one file, or would be strewn among their sources */
async function targetOf(output: string | undefined, operands: readonly string[]): Promise<Target> {
  const hasFolder = await includesFolder(operands);
  if (output === undefined) {
    if (hasFolder) throw new UsageError('--output is missing: give a folder for the thumbnails.');
    return { kind: 'beside' };
  }
  const isOne = operands.length === 1 && !hasFolder;
  if (isOne && (output === '-' || (await looksLikeFile(output)))) return { kind: 'file', path: output };
  if (output === '-') throw new UsageError('--output - takes one thumbnail. Give a folder for several.');
  if (await isFile(output))
    throw new UsageError(`--output: ${output} is a file. Give a folder for several images.`);
  return { kind: 'folder', path: output };
}

async function looksLikeFile(output: string): Promise<boolean> {
  if (/[/\\]$/.test(output) || extname(output) === '') return false;
  return !(await stat(output).then(
    (found) => found.isDirectory(),
    () => false,
  ));
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** The extension of a file says the format. @throws UsageError where it is none, or --format says another */
function withFormat(texts: OptionTexts, target: Target): OptionTexts {
  if (target.kind !== 'file' || target.path === '-') return texts;
  const extension = extname(target.path).slice(1).toLowerCase();
  const format = extension === 'jpg' ? 'jpeg' : extension;
  if (!(OUTPUT_FORMATS as readonly string[]).includes(format))
    throw new UsageError(
      `--output: .${extension} is none of the formats ${formatChoices(OUTPUT_FORMATS)}. If it is a folder, end it with a slash.`,
    );
  if (texts.format === undefined) return { ...texts, format };
  if (OPTIONS.format.parse(texts.format) === format) return texts;
  throw new UsageError(`--format says ${texts.format}, and --output says ${extension}.`);
}
