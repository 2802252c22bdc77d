import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import { itIsAnImageResizer } from './contract.ts';

itIsAnImageResizer('SharpImageResizer', ({ limits }) => new SharpImageResizer(limits));
