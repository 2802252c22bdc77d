import { BoundedImageResizer } from '../../../src/adapters/decorators/resize-bounded/index.ts';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import { Admission } from '../../../src/domain/work/admission.ts';
import { itIsAnImageResizer } from './contract.ts';

itIsAnImageResizer('BoundedImageResizer', ({ limits }) => {
  const decodes = new Admission({ places: 2, budget: 1e9, queueLimit: 10, queueTimeoutMs: 10_000 });
  return new BoundedImageResizer({ resizer: new SharpImageResizer(limits), decodes });
});
