/**
 * Bundles the service for the container image: one file instead of seven hundred, which is half the work of a start. What
 * only some configurations load stays apart, and so does what is large or native: that is taken from node_modules.
 *
 *     node scripts/bundle.ts dist
 *
 * What results runs as `node dist/main.js`, beside the production packages.
 */
import { cp, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { listFormatsLater, mediaTypesAsText, modulesWithoutImport } from './bundle/load-less.ts';

const PROJECT = join(import.meta.dirname, '..');
const [target] = process.argv.slice(2);
if (target === undefined) throw new Error('Say where to put it: node scripts/bundle.ts dist');

await build({
  absWorkingDir: PROJECT,
  // The second is the program of the processes that decode images, the third the command.
  entryPoints: { main: 'src/main.ts', decoder: 'src/process/decoder.ts', cli: 'src/cli.ts' },
  outdir: target,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  external: [
    'sharp',
    'libheif-js',
    'memjs',
    'ioredis',
    'prom-client',
    'pino-pretty',
    '@aws-sdk/*',
    '@opentelemetry/*',
  ],
  // For the packages among it that are CommonJS.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  plugins: [modulesWithoutImport, mediaTypesAsText, listFormatsLater],
  logLevel: 'warning',
});
// The modules look for these beside themselves, and all of them are in one folder now.
for (const folder of ['views', 'public']) {
  await cp(join(PROJECT, 'src/http/pages', folder), resolve(PROJECT, target, folder), { recursive: true });
}
// Without it Node, where no other package.json is above, parses each file once more to find out what it is.
await writeFile(resolve(PROJECT, target, 'package.json'), '{ "type": "module" }\n');
