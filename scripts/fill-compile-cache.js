// Imports every module of the service, those that only some configurations load included. Run with NODE_COMPILE_CACHE
// set, it leaves there what Node made of them: types stripped, code compiled. That is half the work of a start.
import { globSync } from 'node:fs';

const sources = globSync('src/**/*.ts', { cwd: `${import.meta.dirname}/..` });
// src/main.ts would start the service; importing the SDK here because its adapter loads it with its first call.
const modules = sources.filter((source) => source !== 'src/main.ts').map((source) => `../${source}`);
await Promise.all(['@aws-sdk/client-ssm', ...modules].map((module) => import(module)));
