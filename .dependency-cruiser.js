// Who may import whom. test/architecture plants a violation of each and sees it caught: a rule
// that is added here wants one there.

/** Who may import each library: every production dependency has a line here. What has none may not be imported. */
const OWNERS = {
  '@aws-sdk/client-s3': '^src/adapters/(fetch-s3|cache-s3|s3-client)/',
  '@aws-sdk/client-ssm': '^src/adapters/secrets-ssm/',
  '@fastify/busboy': '^src/http/body/',
  '@koa/router': '^src/http/',
  '@opentelemetry/api': '^src/telemetry/tracing/',
  '@opentelemetry/context-async-hooks': '^src/telemetry/tracing/',
  '@opentelemetry/core': '^src/telemetry/tracing/',
  '@opentelemetry/exporter-trace-otlp-http': '^src/telemetry/tracing/',
  '@opentelemetry/resources': '^src/telemetry/tracing/',
  '@opentelemetry/sdk-trace': '^src/telemetry/tracing/',
  got: '^src/adapters/fetch-got/',
  inversify: '^src/composition/',
  ioredis: '^src/adapters/cache-redis/',
  'ipaddr.js': '^src/adapters/fetch-got/',
  'tldts-icann': '^src/adapters/resolve-names/',
  koa: '^src/http/',
  'koa-body': '^src/http/body/',
  'lru-cache': '^src/adapters/(cache-memory|resolve-names)/',
  memjs: '^src/adapters/cache-memcached/',
  nunjucks: '^src/http/',
  pino: '^src/telemetry/logger\\.ts$',
  'pino-pretty': '^src/telemetry/logger\\.ts$',
  'prom-client': '^src/telemetry/metrics/',
  'reflect-metadata': '^src/composition/',
  sharp: '^src/adapters/resize-sharp/',
  'libheif-js': '^src/adapters/decode-libheif/',
};

const LIBRARY = '(^|/)node_modules/';
/** What runs the process and puts it together: it may know everyone. */
const ROOT = '^src/((process|composition|library|cli)/|(main|index|cli)\\.ts$)';

const libraryRules = Object.entries(OWNERS).map(([library, owner]) => ({
  name: `owner-of-${library}`,
  comment: `Only ${owner} imports ${library}: a library that is replaced is replaced in one place.`,
  severity: 'error',
  from: { path: '^src/', pathNot: owner },
  to: { path: pathOf(library) },
}));

export default {
  forbidden: [
    {
      name: 'domain-is-pure',
      comment:
        'The domain knows itself, the ports, node:crypto and node:zlib: no library, no I/O, no other layer.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: ['^src/(domain|ports)/', '^(node:)?(crypto|zlib)$'], couldNotResolve: false },
    },
    {
      name: 'domain-takes-types-of-ports',
      comment: 'A port is a promise; at run time the domain needs nothing of it.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { path: '^src/ports/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'ports-speak-domain',
      comment: 'A port is stated in terms of the domain, never of a library.',
      severity: 'error',
      from: { path: '^src/ports/' },
      to: { pathNot: '^src/(domain|ports)/', couldNotResolve: false },
    },
    {
      name: 'adapters-never-meet',
      comment: 'An adapter that builds on another gets it by its constructor, as a port.',
      severity: 'error',
      from: { path: '^src/adapters/([^/]+)/' },
      to: { path: '^src/adapters/', pathNot: '^src/adapters/($1|remote-server|local-files|s3-client)/' },
    },
    {
      name: 'decorators-never-meet',
      comment:
        'A decorator wraps any implementation of the port, and so knows none. They share a base class.',
      severity: 'error',
      from: { path: '^src/adapters/decorators/([^/]+)/' },
      to: { path: '^src/adapters/decorators/', pathNot: '^src/adapters/decorators/($1/|[^/]+\\.ts$)' },
    },
    {
      name: 'adapters-know-ports-and-domain',
      comment: 'An adapter does not know who uses it.',
      severity: 'error',
      from: { path: '^src/adapters/' },
      to: { path: '^src/', pathNot: '^src/(adapters|domain|ports)/' },
    },
    {
      name: 'remote-server-serves-caches',
      comment: 'It is what the network caches need alike; nothing else goes through it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/adapters/(remote-server|cache-[^/]+|decorators)/' },
      to: { path: '^src/adapters/remote-server/' },
    },
    {
      name: 'remote-server-is-pure',
      comment: 'It serves caches of any kind, and so knows none of them, no library and no I/O.',
      severity: 'error',
      from: { path: '^src/adapters/remote-server/' },
      to: { pathNot: '^src/(adapters/remote-server|domain|ports)/', couldNotResolve: false },
    },
    {
      name: 'http-drives-the-domain-only',
      comment: 'Whatever it needs besides is handed to it. Of the logger it takes the type.',
      severity: 'error',
      from: { path: '^src/http/' },
      to: { path: '^src/', pathNot: '^src/(http|domain)/|^src/(adapters/|telemetry/logger\\.ts$)' },
    },
    {
      name: 'http-takes-the-type-of-the-logger',
      comment: 'The logger itself is handed to it.',
      severity: 'error',
      from: { path: '^src/http/' },
      to: { path: '^src/telemetry/logger\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'one-composition-root',
      comment: 'Which adapter serves a port is decided in one place.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(adapters|telemetry)/', ROOT] },
      to: { path: '^src/adapters/' },
    },
    {
      name: 'adapters-by-their-index',
      comment: "An adapter's index.ts is its whole public surface.",
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/adapters/' },
      to: { path: '^src/adapters/', pathNot: '^src/adapters/(decorators/)?[^/]+/index\\.ts$' },
    },
    {
      name: 'nothing-points-at-http',
      comment: 'Pages and routes are at the edge.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(http|adapters|telemetry|domain|ports)/', ROOT] },
      to: { path: '^src/http/' },
    },
    {
      name: 'measured-from-outside',
      comment:
        'What counts and traces is handed in by the root; nobody else knows that there is such a thing.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(http|domain|ports|adapters|telemetry)/', ROOT] },
      to: { path: '^src/telemetry/' },
    },
    {
      name: 'measuring-knows-ports-and-domain',
      comment: 'And of metrics and traces, neither knows the other.',
      severity: 'error',
      from: { path: '^src/telemetry/(metrics|tracing)/' },
      to: { path: '^src/', pathNot: '^src/(telemetry/$1|domain|ports)/' },
    },
    {
      name: 'nothing-points-at-the-root',
      comment: 'The composition knows everyone, and only what runs the process knows it.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(http|adapters|domain|ports|telemetry)/', ROOT] },
      to: { path: ROOT },
    },
    {
      name: 'client-stands-alone',
      comment: 'It runs in browsers: of the domain it knows names of parameters, as types.',
      severity: 'error',
      from: { path: '^src/client(/|\\.ts$)' },
      to: { pathNot: '^src/(client/|domain/request/)', couldNotResolve: false },
    },
    {
      name: 'client-takes-types',
      comment: 'Nothing of the service is loaded by a page.',
      severity: 'error',
      from: { path: '^src/client(/|\\.ts$)' },
      to: { path: '^src/domain/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'sources-stand-alone',
      comment: 'What is shipped needs neither its tests nor its tools.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|scripts)/' },
    },
    ...libraryRules,
    {
      name: 'every-library-has-an-owner',
      comment: 'A library that is new gets a line in OWNERS.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(domain|ports|adapters/remote-server)/' },
      to: { path: LIBRARY, pathNot: Object.keys(OWNERS).map(pathOf) },
    },
    {
      name: 'scripts-know-no-tests',
      comment: 'What scripts and tests both need lies in scripts/kit.',
      severity: 'error',
      from: { path: '^scripts/' },
      to: { path: '^test/' },
    },
    {
      name: 'kit-knows-no-scripts',
      comment: 'Tests and the contracts that the package exports import it, and need no script.',
      severity: 'error',
      from: { path: '^scripts/kit/' },
      to: { path: '^scripts/', pathNot: '^scripts/kit/' },
    },
    {
      name: 'no-cycles',
      comment: 'Of two files that need each other, neither can be read first.',
      severity: 'error',
      from: { path: '^(src|scripts|test)/' },
      to: { circular: true },
    },
    {
      name: 'everything-resolves',
      comment: 'A rule says nothing about an import that leads nowhere.',
      severity: 'error',
      from: { path: '^(src|scripts|test)/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'no-orphans',
      comment:
        'A file that imports nothing and that nobody imports is dead or was left by mistake; browsers load what is public.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/http/pages/public/|\\.d\\.ts$', orphan: true },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Imports of types count too, although nothing is left of them at run time.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
  },
};

/** Where a library's files are, or those of its types. */
function pathOf(library) {
  const types = library.replace(/^@(.+)\//, '$1__');
  return `${LIBRARY}(${escaped(library)}|@types/${escaped(types)})/`;
}

function escaped(text) {
  return text.replaceAll('.', '\\.');
}
