import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { Metrics, WorkerMetrics } from '../../../src/telemetry/metrics/index.ts';

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly query: string | { readonly query: string } }[] };
}

const NAME = /\b(?:thumbnailer|process|nodejs)_\w+/g;

describe('deploy/grafana-dashboard.json', () => {
  let dashboard: Dashboard;
  let exposed: Set<string>;

  before(async () => {
    const path = new URL('../../../deploy/grafana-dashboard.json', import.meta.url);
    dashboard = JSON.parse(await readFile(path, 'utf8')) as Dashboard;
    const texts = [
      await new Metrics({ version: '1' }).registry.metrics(),
      await new WorkerMetrics({ workers: () => [] }).metrics(),
    ];
    exposed = new Set(texts.flatMap(namesIn));
  });

  it('asks for nothing that is not exposed', () => {
    const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    const variables = dashboard.templating.list.map(({ query }) =>
      typeof query === 'string' ? query : query.query,
    );
    const asked = new Set([...queries, ...variables].flatMap((query) => query.match(NAME) ?? []));
    expect(asked.size).to.be.greaterThan(15);
    expect([...asked].filter((name) => !exposed.has(name))).to.deep.equal([]);
  });

  it('takes increases only of series that are there before they count, as docs/operations.md does', async () => {
    const metrics = new Metrics({ version: '1' });
    metrics.onCacheChange('memory', true);
    metrics.onAdmission('misses', { inside: 0, waiting: 0, spent: 0, budget: 0 });
    const counted = [
      await metrics.registry.metrics(),
      await new WorkerMetrics({ workers: () => [] }).metrics(),
    ];
    const operations = await readFile(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
    const [alarms = ''] = /^Useful alarms:[\s\S]*?\n##/m.exec(operations) ?? [];
    const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    const increases = [
      ...queries.flatMap((query) => query.match(/(?<=\bincrease\()\w+/g) ?? []),
      ...(alarms.match(/(?<=\b(?:increase|rate)\()\w+/g) ?? []),
    ];
    expect(increases).to.have.length.above(4);
    for (const name of increases) expect(counted.join('\n'), name).to.match(new RegExp(`^${name}[{ ]`, 'm'));
  });

  it('shows every metric of our own', () => {
    const text = JSON.stringify(dashboard);
    const own = [...exposed].filter((name) => name.startsWith('thumbnailer_'));
    const families = new Set(own.map((name) => name.replace(/_(bucket|sum|count)$/, '')));
    expect([...families].filter((name) => !text.includes(name))).to.deep.equal([]);
  });

  it('has a query in every panel, and an id of its own for each', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).to.equal(ids.length);
    for (const { targets, title } of dashboard.panels) {
      for (const { expr } of targets ?? []) expect(expr, title).to.include('$instance');
    }
  });
});

/** Histograms are exposed as three families of samples. */
function namesIn(text: string): string[] {
  return [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
}
