import { IsolatedImageResizer } from '../../../src/adapters/resize-isolated/index.ts';
import { isolatedOptions } from '../../support/isolated-resizer.ts';
import { itIsAnImageResizer } from './contract.ts';

itIsAnImageResizer(
  'IsolatedImageResizer',
  ({ limits }) => new IsolatedImageResizer(isolatedOptions({ limits })),
);
