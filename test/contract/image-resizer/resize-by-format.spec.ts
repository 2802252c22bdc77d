import { FormatImageResizer } from '../../../src/adapters/decorators/resize-by-format/index.ts';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import { itIsAnImageResizer } from './contract.ts';

itIsAnImageResizer(
  'FormatImageResizer',
  ({ limits }) =>
    new FormatImageResizer(new SharpImageResizer(limits), { png: new SharpImageResizer(limits) }),
);
