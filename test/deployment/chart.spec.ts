import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse, parseAllDocuments } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { VARIABLES } from '../../src/config/variables.ts';
import { readConfig } from '../../src/config/config.ts';
import { readPage } from '../docs/markdown.ts';
import { describeUnless, isInstalled, whyMissing } from '../support/describe-with.ts';

const PROJECT = join(import.meta.dirname, '../..');
const CHART = join(PROJECT, 'charts/thumbnailer');
const MANIFEST = join(PROJECT, 'deploy/kubernetes/thumbnailer.yaml');
const hasValidate = isInstalled('kubectl-validate');

/** Everything that the values can switch on. */
const ALL_ON = [
  '--set=existingSecret=thumbnailer',
  '--set=ingress.enabled=true',
  '--set=ingress.className=nginx',
  '--set=ingress.hosts={thumbs.example}',
  '--set=metrics.serviceMonitor.enabled=true',
  '--set=image.digest=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
  '--set=settings.BASE_PATH=/img',
  '--set=settings.ALLOWED_HOSTS=thumbs.example.org',
  '--set=settings.DISK_CACHE_PATH=/cache',
  '--set=settings.ALLOWED_SOURCE_PORTS=80\\,8000-8100',
  '--set=serviceAccountName=reader',
  '--set=volumes[0].name=images,volumes[0].configMap.name=images',
  '--set=volumeMounts[0].name=images,volumeMounts[0].mountPath=/images',
];
/** And everything that they can switch off. */
const ALL_OFF = ['autoscaling', 'podDisruptionBudget', 'memcached', 'metrics', 'networkPolicy'].map(
  (part) => `--set=${part}.enabled=false`,
);

interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: Readonly<Record<string, unknown>>;
}

describe('the chart', () => {
  it('has the version of the package, and settings that there are', () => {
    const { version, appVersion } = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8')) as Record<
      string,
      string
    >;
    expect([version, appVersion]).to.deep.equal([packageJson.version, packageJson.version]);
    const { settings } = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as {
      settings: Record<string, string>;
    };
    expect(VARIABLES).to.include.all.keys(...Object.keys(settings));
    expect(() => readConfig(settings)).to.not.throw();
  });

  it('is what the plain manifests have, as far as that can be told without helm', () => {
    const { values, manifest } = {
      values: parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as {
        resources: object;
        metrics: { port: number };
      },
      manifest: plain(readFileSync(MANIFEST, 'utf8')),
    };
    expect(Object.keys(manifest)).to.have.length(8);
    const text = JSON.stringify(manifest);
    expect(text).to.include(`"resources":${JSON.stringify(values.resources)}`);
    expect(text)
      .to.include(`"containerPort":${values.metrics.port}`)
      .and.include(`thumbnailer:${packageJson.version}`);
  });

  it('leaves a pod longer to stop than the service takes', () => {
    const { settings } = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as {
      settings: Record<string, string>;
    };
    const [, seconds = ''] =
      /terminationGracePeriodSeconds: (\d+)/.exec(readFileSync(MANIFEST, 'utf8')) ?? [];
    const { shutdownTimeoutMs, drainDelayMs } = readConfig(settings);
    expect(Number(seconds) * 1000).to.be.above(shutdownTimeoutMs);
    expect(shutdownTimeoutMs).to.be.above(drainDelayMs);
  });
});

describeUnless(whyMissing('helm'), 'the chart, by helm', () => {
  it('passes helm lint', () => {
    for (const values of [[], ALL_ON, ALL_OFF]) {
      const { status, stdout } = helm('lint', '--strict', CHART, ...values);
      expect(status, stdout).to.equal(0);
    }
  });

  it('renders what its values say', () => {
    const kinds = (values: readonly string[]) => render(values).map(({ kind }) => kind);
    expect(kinds(ALL_OFF)).to.have.members(['Service', 'Deployment']);
    expect(kinds(ALL_ON)).to.include.members([
      'Ingress',
      'ServiceMonitor',
      'HorizontalPodAutoscaler',
      'PodDisruptionBudget',
      'NetworkPolicy',
    ]);
    const text = JSON.stringify(render(ALL_ON));
    expect(text).to.include('thumbnailer@sha256:0123').and.include('thumbs.example,thumbs.example.org');
    expect(text).to.include('"secretRef":{"name":"thumbnailer"}').and.include('"path":"/img"');
  });

  it('runs as nobody in particular, without rights, and within half a gigabyte', () => {
    for (const { kind, spec } of render([])) {
      if (kind !== 'Deployment') continue;
      const pod = JSON.stringify(spec);
      for (const fact of [
        '"runAsNonRoot":true',
        '"readOnlyRootFilesystem":true',
        '"drop":["ALL"]',
        '"limits":{"memory"',
        '"automountServiceAccountToken":false',
        '"enableServiceLinks":false',
      ])
        expect(pod).to.include(fact);
    }
  });

  it('lets pods connect to what settings name, and to nothing else', () => {
    expect(egressPorts()).to.deep.equal(['UDP 53', 'TCP 53', '80', '443', '11211']);
    expect(egressPorts('--set=settings.REDIS_URL=null', '--set=settings.DNS_SERVERS=null')).to.deep.equal(
      egressPorts(),
    );
    expect(
      egressPorts(
        '--set=settings.ALLOWED_SOURCE_PORTS=443\\,8000-8100',
        '--set=settings.SOURCE_BASE=https://origin.example:8443/',
        '--set=settings.S3_ENDPOINT=http://[fd00::2]:9000',
        '--set=settings.OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318/v1',
        '--set=settings.DNS_SERVERS=10.0.0.2:5353\\,fd00::2',
        '--set=settings.THUMBNAIL_CACHE=memory\\,redis',
        '--set=memcached.enabled=false',
      ),
    ).to.have.members(
      ['UDP 53', 'TCP 53', 'UDP 5353', 'TCP 5353'].concat([
        '443',
        '8000-8100',
        '8443',
        '9000',
        '4318',
        '6379',
      ]),
    );
    const elsewhere = ['--set=memcached.enabled=false', '--set=existingSecret=thumbnailer'];
    expect(egressPorts(...elsewhere)).to.include('11211');
    expect(egressPorts(...elsewhere, '--set=networkPolicy.cachePorts={11212,6380}'))
      .to.include.members(['11212', '6380'])
      .and.not.include('11211');
    const both = '--set=settings.THUMBNAIL_CACHE=redis\\,memcached';
    expect(egressPorts(...elsewhere, both)).to.include.members(['6379', '11211']);
    expect(
      egressPorts(
        '--set=settings.MEMCACHIER_SERVER=a.example:11212\\,[fd00::2]',
        '--set=settings.REDIS_URL=rediss://user:p@:1x@r.example:6380/2',
        '--set=settings.AWS_ENDPOINT_URL_SSM=http://store.example:4566',
        '--set=memcached.enabled=false',
      ),
    ).to.have.members(['UDP 53', 'TCP 53', '80', '443', '4566', '11212', '11211', '6380']);
    expect(
      egressPorts('--set=settings.ALLOWED_SOURCE_PORTS=8080', '--set=settings.S3_CACHE=s3://thumbs/'),
    ).to.include.members(['8080', '80', '443']);
  });

  it('gives a pod the time and the folder that settings name', () => {
    for (const [timeout, seconds] of [
      ['90500ms', 96],
      ['2m', 125],
      ['1h', 3605],
    ])
      expect(rendered([`--set=settings.SHUTDOWN_TIMEOUT=${timeout}`])).to.include(
        `terminationGracePeriodSeconds: ${seconds}\n`,
      );
    expect(JSON.stringify(render(['--set=settings.DISK_CACHE_PATH=/cache']))).to.include(
      '"volumeMounts":[{"name":"disk-cache","mountPath":"/cache"}]',
    );
  });

  it('hands settings on as the service reads them, whatever YAML takes them for', () => {
    const folder = mkdtempSync(join(tmpdir(), 'values-'));
    const values = join(folder, 'values.yaml');
    const settings = {
      HSTS: 'on',
      FORM: 'off',
      OTEL_SDK_DISABLED: 'true',
      AWS_USE_FIPS_ENDPOINT: 'true',
      MAX_SOURCE_PIXELS: '100000000',
      QUEUE_LIMIT: '64',
      OTEL_TRACES_SAMPLER_ARG: '0.01',
      CACHE_TTL: '7d',
    };
    // Without quotation marks, as people write them.
    const lines = Object.entries(settings).map(([name, value]) => `  ${name}: ${value}\n`);
    const hosts = "ingress: { enabled: true, hosts: [a.example, '*.b.example'] }\n";
    writeFileSync(values, `image: { tag: 20261130 }\nsettings:\n${lines.join('')}${hosts}`);
    const resources = render([`--values=${values}`]);
    expect(JSON.stringify(resources)).to.include('"image":"thumbnailer:20261130"');
    const environment = environmentOf(resources);
    rmSync(folder, { recursive: true });
    expect(environment).to.include(settings);
    expect(environment['ALLOWED_HOSTS']).to.match(/,a\.example,\.b\.example$/);
    expect(() => readConfig(environment)).not.to.throw();
  });

  it('refuses settings that it cannot keep', () => {
    for (const [name, value] of [
      ['PORT', '80'],
      ['METRICS_PORT', '9091'],
      ['SHUTDOWN_TIMEOUT', 'soon'],
      ['ALLOWED_SOURCE_PORTS', 'http'],
    ]) {
      const { status, stderr } = helm('template', 'thumbnailer', CHART, `--set=settings.${name}=${value}`);
      expect(status, name).not.to.equal(0);
      expect(stderr).to.include(`settings.${name}`);
    }
  });

  it('is what deploy/kubernetes/thumbnailer.yaml has', () => {
    expect(plain(readFileSync(MANIFEST, 'utf8'))).to.deep.equal(plain(rendered(['--no-hooks'])));
  });

  it('takes the values of the guide', () => {
    const manifest = rendered(['--values=-']);
    expect(manifest)
      .to.include('image: "registry.example.com/thumbnailer:0.1.0"')
      .and.include('value: "64,128,256,512"');
    expect(manifest).to.match(/value: "localhost,.*,thumbs\.example\.com"/);
  });

  it(`renders objects that Kubernetes takes${hasValidate ? '' : ' (skipped: kubectl-validate is not installed)'}`, function () {
    if (!hasValidate) this.skip();
    const folder = mkdtempSync(join(tmpdir(), 'chart-'));
    try {
      for (const [index, values] of [[], ALL_ON, ALL_OFF, ['--values=-']].entries()) {
        const own = parseAllDocuments(rendered(values))
          // Of Kubernetes' own kinds it has the schemas, and of no others.
          .filter((document) => document.get('kind') !== 'ServiceMonitor')
          .map(String);
        writeFileSync(join(folder, `${index}.yaml`), own.join('---\n'));
      }
      expect(readdirSync(folder)).to.have.length(4);
      const { status, stdout, stderr } = spawnSync('kubectl-validate', [folder], { encoding: 'utf8' });
      expect(status, stdout + stderr).to.equal(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function helm(...args: readonly string[]) {
  // What `--values=-` reads: the file that docs/kubernetes.md has people write.
  const input = readPage('docs/kubernetes.md').fences.find(({ language }) => language === 'yaml')!.text;
  return spawnSync('helm', args, { encoding: 'utf8', input });
}

function rendered(options: readonly string[]): string {
  const { status, stdout, stderr } = helm('template', 'thumbnailer', CHART, ...options);
  expect(status, stderr).to.equal(0);
  return stdout;
}

/** Variables of the service's pods. */
function environmentOf(resources: readonly Resource[]): Record<string, string> {
  const deployment = resources.find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'thumbnailer',
  );
  const { template } = deployment?.spec as {
    template: { spec: { containers: { env: { name: string; value: string }[] }[] } };
  };
  return Object.fromEntries(template.spec.containers[0]!.env.map(({ name, value }) => [name, value]));
}

/** Ports that the service's pods may connect to. */
function egressPorts(...values: readonly string[]): string[] {
  const policy = render(values).find(
    ({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'thumbnailer',
  );
  const { egress } = policy?.spec as {
    egress: { ports: { protocol?: string; port: number; endPort?: number }[] }[];
  };
  return egress
    .flatMap(({ ports }) => ports)
    .map(({ protocol, port, endPort }) => [protocol, endPort ? `${port}-${endPort}` : port].join(' ').trim());
}

function render(values: readonly string[]): Resource[] {
  return parseAllDocuments(rendered(values)).map((document) => document.toJS() as Resource);
}

/** By kind and name, without what says that Helm manages it. */
function plain(manifest: string): Record<string, unknown> {
  const own = manifest.replaceAll(/^ +(helm\.sh\/chart|app\.kubernetes\.io\/managed-by): .*\n/gm, '');
  const resources = parseAllDocuments(own).map((document) => document.toJS() as Resource);
  return Object.fromEntries(
    resources.map((resource) => [`${resource.kind} ${resource.metadata.name}`, resource]),
  );
}
