import { isolatedResizer } from '../../support/isolated-resizer.ts';
import { itIsAnImageResizer } from './contract.ts';

itIsAnImageResizer('IsolatedImageResizer', ({ limits }) => isolatedResizer({ limits }));
