export { type Tracing, startTracing } from './tracing.ts';
