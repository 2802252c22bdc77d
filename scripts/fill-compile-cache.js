// Imports every module of the bundled service, those that only some configurations load included. Run with
// NODE_COMPILE_CACHE set, it leaves there what Node has made of them: half the work of what a start then still does.
import { globSync } from 'node:fs';

const modules = globSync('dist/*.js', { cwd: `${import.meta.dirname}/..` });
// dist/main.js would start the service, and dist/decoder.js is for a process of its own. Importing the SDK here because its adapter loads it with its first call.
const others = modules
  .filter((module) => !['dist/main.js', 'dist/decoder.js'].includes(module))
  .map((module) => `../${module}`);
await Promise.all(['@aws-sdk/client-ssm', ...others].map((module) => import(module)));
