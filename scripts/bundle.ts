/**
 * Bundles the service for the container image: a few files instead of seven hundred, which is half the work of a start. What
 * only some configurations load stays apart, and so does what is large or native: that is taken from node_modules.
 *
 *     node scripts/bundle.ts dist
 *
 * What results runs as `node dist/main.js`, beside the production packages.
 */
import { cp, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'rolldown';
import { LOAD_LESS } from './bundle/load-less.ts';

const PROJECT = join(import.meta.dirname, '..');
const [target] = process.argv.slice(2);
if (target === undefined || target.startsWith('-'))
  throw new Error('Say where to put it: node scripts/bundle.ts dist');

/**
 * The files that each start loads, with the modules that are put there, and all that these import. By itself, every module
 * would be in a file with those that the same programs import: some fifty, of which each takes a start half a millisecond.
 */
const TOGETHER = [
  // Alone, as a process that replaces itself has loaded it twice.
  { name: 'tuning', test: /src\/process\/tuning\.ts$/ },
  // What decoders load, too.
  {
    name: 'decoding',
    test: /src\/(adapters\/resize-(isolated|sharp)\/index|domain\/(image\/.*|request\/(options|thumbnail-spec)))\.ts$/,
  },
  // What has to be there for the first decoder to start.
  { name: 'run', test: /src\/process\/run\.ts$/ },
  {
    name: 'service',
    test: /src\/(process\/serve|composition\/decoding|adapters\/(cache-memory|secrets-env)\/index)\.ts$/,
  },
];

await build({
  cwd: PROJECT,
  // The second is the program of the processes that decode images, the third the command.
  input: { main: 'src/main.ts', decoder: 'src/process/decoder.ts', cli: 'src/cli.ts' },
  platform: 'node',
  external: /^(sharp|libheif-js|memjs|ioredis|prom-client|pino-pretty|@aws-sdk|@opentelemetry)(\/|$)/,
  plugins: LOAD_LESS,
  output: {
    dir: resolve(target),
    format: 'esm',
    chunkFileNames: '[name]-[hash].js',
    codeSplitting: {
      groups: TOGETHER.map((group, index) => ({ ...group, priority: TOGETHER.length - index })),
    },
  },
  logLevel: 'warn',
});
// The modules look for these beside themselves, and all of them are in one folder now.
for (const folder of ['views', 'public']) {
  await cp(join(PROJECT, 'src/http/pages', folder), resolve(target, folder), { recursive: true });
}
// Without it Node, where no other package.json is above, parses each file once more to find out what it is.
await writeFile(resolve(target, 'package.json'), '{ "type": "module" }\n');
