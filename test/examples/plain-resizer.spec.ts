import type { ResizerContext } from '../../src/adapter-kit.ts';
import type { ImageResizer } from '../../src/ports/image-resizer.ts';
import { itIsAnImageResizer } from '../contract/image-resizer/contract.ts';
import { PLAIN_RESIZER_MODULE } from '../support/examples.ts';

interface PlainResizerModule {
  readonly default: (context: ResizerContext) => ImageResizer;
}

const { default: openPlainResizer } = (await import(PLAIN_RESIZER_MODULE)) as PlainResizerModule;

itIsAnImageResizer('docs/examples/plain-resizer.js', openPlainResizer);
