import { itIsAnImageResizer } from 'thumbnailer/contracts/image-resizer';
import { PlainResizer } from './plain-resizer.js';

itIsAnImageResizer('PlainResizer', (context) => new PlainResizer(context));
