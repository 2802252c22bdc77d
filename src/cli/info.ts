import { InvalidRequestError, ThumbnailerError } from '../domain/errors/index.ts';
import { INFO_FIELDS, parseInfoFields } from '../domain/request/info-spec.ts';
import { type Command, UsageError, textOf } from './command.ts';
import { reasonOf } from './file-faults.ts';
import { createLocalThumbnailer } from './local-thumbnailer.ts';
import { named } from './option-flags.ts';
import { complain, print } from './output.ts';

/** `thumbnailer info` */
export const infoCommand: Command = {
  description:
    'Tells what is known of local images: one line of JSON for each, as GET /info answers; of several, with the file of each.',
  usage: 'photo.jpg --fields format,width,height',
  takesOperands: true,
  flags: [
    {
      name: 'fields',
      value: 'LIST',
      meaning: `What to tell: one or several of ${INFO_FIELDS.join(', ')}. Default: all.`,
    },
  ],
  run: async (input) => {
    if (input.operands.length === 0) throw new UsageError('Name an image, such as photo.jpg.');
    const fields = named('--fields', () => parseInfoFields(textOf(input, 'fields')));
    await using thumbnailer = await createLocalThumbnailer(input.environment);
    // A file that cannot be read has no line: which one each of the others is of, their order does not tell.
    const areSeveral = input.operands.length > 1;
    let code = 0;
    for (const path of input.operands) {
      try {
        const info = await thumbnailer.info(path, fields);
        print(JSON.stringify(areSeveral ? { file: path, ...info } : info));
      } catch (error) {
        if (!isExpected(error)) throw error;
        complain(`${path}: ${reasonOf(error)}`);
        code = 1;
      }
    }
    return code;
  },
};

/** An error of the image, or of the file system. */
function isExpected(error: unknown): error is Error {
  if (error instanceof InvalidRequestError) return false;
  return error instanceof ThumbnailerError || (error instanceof Error && 'syscall' in error);
}
