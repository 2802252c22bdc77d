import { ObservedImageResizer } from '../../../src/adapters/decorators/observed/index.ts';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import { itIsAnImageResizer } from './contract.ts';

itIsAnImageResizer(
  'ObservedImageResizer',
  ({ limits }) =>
    new ObservedImageResizer({
      resizer: new SharpImageResizer(limits),
      observe: () => () => undefined,
    }),
);
