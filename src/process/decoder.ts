/**
 * A decoder's process: makes thumbnails of the images that the service hands it, and nothing else. The service starts it
 * (adapters/resize-isolated) with what it takes as JSON.
 */
import { serveDecodes } from '../adapters/resize-isolated/index.ts';
import { SharpImageResizer } from '../adapters/resize-sharp/index.ts';
import type { InputLimits } from '../domain/image/image-file.ts';

const resizer = new SharpImageResizer(JSON.parse(process.argv[2] ?? '') as InputLimits);
await resizer.warmUp();
await serveDecodes(resizer);
