/**
 * Which test runs a documented command, for those that commands.spec.ts does not run itself. A command that is new in
 * the documents needs a line here, or a way to run it there.
 */
export type Account =
  /** A file of the project that runs it, and a text that stands in that file for as long as it does. */
  | { readonly test: string; readonly naming: string }
  /** Another documented command, of which it is a part. */
  | { readonly partOf: string }
  /** What it needs that a machine which runs the tests has not. */
  | { readonly cannot: string };

const ECS_GUIDE: Account = { test: 'test/docs/ecs-guide.spec.ts', naming: 'thumbnailer-ecs' };
const DOCKER: Account = {
  cannot: 'a Docker engine; where there is one, test/deployment/container.spec.ts runs the image',
};
const CLUSTER: Account = { cannot: 'a cluster; test/deployment/chart.spec.ts checks what it would get' };
const GUIDE_VALUES: Account = { test: 'test/deployment/chart.spec.ts', naming: "['--values=-']" };
const LOGIN: Account = { cannot: 'an AWS account, and a person who logs in to it' };
const BENCHMARK = 'test/scripts/benchmark.spec.ts';
const BROWSERS = 'test/scripts/benchmark-browser.spec.ts';
const UPLOADS: Account = { test: 'test/http/openapi/upload-docs.spec.ts', naming: '## `POST /thumbnail`' };
const REGISTRY = 'whatever a package registry has at the time';

export const ACCOUNTS: Readonly<Record<string, Account>> = {
  'npm ci': { test: '.ci/run', naming: 'npm ci\nwait' },
  'npm test': { test: '.ci/run', naming: 'npm test && .ci/hidden-programs' },
  'npm run check:architecture': { test: 'package.json', naming: 'npm run check:architecture && ' },
  'npm run check': { test: 'package.json', naming: '"npm run check && ' },
  'npm run check:licences': { test: 'test/release/licences.spec.ts', naming: 'scripts/check-licences.ts' },
  'npm audit': { test: 'test/release/release.spec.ts', naming: 'npm audit --json' },
  'npm run -s release -- minor': { test: 'test/release/release.spec.ts', naming: "release('minor')" },
  'npm run -s release -- minor --dry-run': {
    test: 'test/release/release.spec.ts',
    naming: "'--dry-run');",
  },
  'git push --follow-tags origin main': { cannot: 'a repository to publish to' },
  'node scripts/write-references.ts': {
    test: 'test/docs/references.spec.ts',
    naming: 'withReference(written, reference())',
  },
  'npm pack': { test: 'test/package.spec.ts', naming: "'npm', 'pack'" },
  'npm install --save-dev ../thumbnailer/thumbnailer-*.tgz chai mocha': {
    test: 'test/package.spec.ts',
    naming: 'As npm would, but from what the project has',
  },
  'npm install ../thumbnailer/thumbnailer-*.tgz': {
    test: 'test/package.spec.ts',
    naming: 'As npm would, but from what the project has',
  },
  'npx mocha my-cache.spec.js': { test: 'test/package.spec.ts', naming: "bin('mocha/bin/mocha.js')" },
  'node scripts/soak.ts --minutes 3': { partOf: 'MALLOC_ARENA_MAX=1 node scripts/soak.ts --minutes 3' },
  'node scripts/soak.ts --minutes 60 --concurrency 8': {
    cannot: 'an hour of a machine; a test runs its beginning',
  },

  'THUMBNAILER_IMAGE=thumbnailer npx mocha test/deployment/container.spec.ts test/deployment/compose-up.spec.ts':
    {
      test: '.github/workflows/check.yml',
      naming: 'THUMBNAILER_IMAGE: thumbnailer',
    },
  'npm run benchmark': { test: BENCHMARK, naming: 'scripts/benchmark.ts' },
  'npm run benchmark -- --only connections': { test: BENCHMARK, naming: 'connections.p50' },
  'npm run benchmark -- --only hits': { test: BENCHMARK, naming: "'--only'" },
  'npm run benchmark -- --only memory': { cannot: 'six minutes of a machine; misses are measured likewise' },
  'npm run benchmark -- --only misses': { test: BENCHMARK, naming: "'--only', 'misses'" },
  'npm run benchmark -- --only server': { test: BENCHMARK, naming: 'server.a.jpg.throughput' },
  'npm run benchmark -- --only start': { test: BENCHMARK, naming: "'--only', 'start" },
  'npm run benchmark -- --quick --only misses,hits': { test: BENCHMARK, naming: '--quick' },
  'TEST_URL=https://thumbs.example npm run benchmark -- --urls addresses.txt': {
    test: BENCHMARK,
    naming: 'TEST_URL',
  },
  'TEST_URL=http://… npm run benchmark': { test: BENCHMARK, naming: 'TEST_URL' },
  'npm run benchmark -- --only misses,hits,page': { test: BENCHMARK, naming: "'--only'" },
  'npm run capacity -- --help': { test: 'test/scripts/capacity.spec.ts', naming: "'--help'" },
  'npm run capacity': { test: 'test/scripts/capacity.spec.ts', naming: 'scripts/capacity.ts' },
  'npm run benchmark:browser': { test: BROWSERS, naming: '../../scripts/benchmark-browser.ts' },
  'TEST_URL=https://thumbs.example npm run benchmark:browser': {
    test: BROWSERS,
    naming: '{ TEST_URL: url }',
  },
  'TEST_URL=http://… npm run benchmark:browser': { test: BROWSERS, naming: '{ TEST_URL: url }' },
  'TEST_URL=https://thumbs.example npm run benchmark:browser -- --urls addresses.txt': {
    test: BROWSERS,
    naming: 'TEST_URL',
  },
  'node scripts/benchmark-browser.ts --from results.json': { test: BROWSERS, naming: "'--from'" },

  "curl -fsS -o thumbnail.webp -H 'Content-Type: image/jpeg' --data-binary @photo.jpg 'http://localhost:8000/thumbnail?size=256&format=webp'":
    UPLOADS,
  "curl -fsS -o thumbnail.png -F image=@photo.jpg 'http://localhost:8000/thumbnail?size=128&fit=cover&format=png'":
    UPLOADS,

  'node src/cli.ts': { test: 'scripts/kit/programs.ts', naming: '../../src/cli.ts' },
  'npm run sign-url': { test: 'test/scripts/sign-url.spec.ts', naming: '../../scripts/sign-url.ts' },

  'npm install --no-save ipx@3.1.1': { cannot: REGISTRY },

  'docker build -t thumbnailer .': DOCKER,
  'docker run --publish=8001:8000 thumbnailer': DOCKER,
  'docker run --publish=8001:8000 --env ALLOWED_HOSTS=localhost,192.168.1.20,thumbs.example.com thumbnailer':
    DOCKER,
  'docker run --rm -p 8000:8000 -v /srv/photos:/images:ro -e SOURCE_BASE=file:///images/ -e ALLOWED_SOURCES=images.invalid thumbnailer':
    DOCKER,
  "curl -fsD - -o thumbnail.webp 'http://localhost:8000/thumbnail?url=/2024/beach.jpg&size=256&format=webp'":
    {
      test: 'test/e2e/source-base.spec.ts',
      naming: 'SOURCE_BASE: pathToFileURL(folder).href',
    },
  'THUMBNAIL_CACHE=memory,disk DISK_CACHE_PATH=/var/cache/thumbnailer DISK_CACHE_SIZE=20GiB npm start': {
    test: 'test/e2e/disk.spec.ts',
    naming: "THUMBNAIL_CACHE: 'memory,disk'",
  },
  'helm install thumbnailer charts/thumbnailer --set image.repository=registry.example.com/thumbnailer --set image.tag=0.1.0':
    CLUSTER,
  'helm template thumbnailer charts/thumbnailer --values values.yaml > thumbnailer.yaml': GUIDE_VALUES,
  'kubectl-validate thumbnailer.yaml': GUIDE_VALUES,
  'kubectl apply -f deploy/kubernetes/thumbnailer.yaml': CLUSTER,
  'kubectl port-forward service/thumbnailer 8000:80': CLUSTER,
  'kubectl create secret generic thumbnailer --from-literal=SIGNING_KEYS=2026:…': CLUSTER,
  'kubectl rollout restart deployment/thumbnailer': CLUSTER,
  'docker compose up': DOCKER,
  'docker compose up --build': DOCKER,
  'docker info': DOCKER,

  'export AWS_REGION=eu-west-1': ECS_GUIDE,
  'export PATH="$PWD/scripts/ecs:$PATH"': ECS_GUIDE,
  'aws sts get-caller-identity': LOGIN,
  'aws configure': LOGIN,
  'aws sso login': LOGIN,
};

/** @returns undefined where nothing is known of the command */
export function accountOf(command: string): Account | undefined {
  return /\bthumbnailer-ecs /.test(command) ? ECS_GUIDE : ACCOUNTS[command];
}
