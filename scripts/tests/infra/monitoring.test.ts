/**
 * Every metric and label that infra/prometheus and infra/grafana ask for is one that the programs show: a rule about a name
 * that nobody has is silent for ever. Expressions are parsed by Prometheus' own grammar. What this does not see: whether a
 * threshold is wise, and whether a value of a label is ever used; `promtool test rules` tries some alerts, where it is there.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { SyntaxNode } from '@lezer/common';
import { type PostgresServer, startPostgres, temporaryDirectory } from '@nyxera/federation-testing';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';
import { createApiMetrics } from '../../../apps/spectrastrike-agent/src/local-api/api-metrics.ts';
import { createMetrics } from '../../../apps/vectorvue-gateway/src/metrics.ts';
import { createFleetMetrics } from '../../../apps/vectorvue-gateway/src/workers/fleet-metrics.ts';
import { REPORTS } from '../../demo/federate.ts';
import { PROGRAMS } from '../../demo/processes.ts';
import { buildWorld, runAgent, type World } from '../../demo/world.ts';
import { testWith, until } from './tools.ts';

// It starts processes; on a machine with other work that alone takes its time.
jest.setTimeout(120_000);

const infra = new URL('../../../infra/', import.meta.url).pathname;
const withPromtool = testWith('promtool');

interface Query {
  readonly where: string;
  readonly expression: string;
}

/** Names of metrics, and the labels that are asked of each. */
interface Asked {
  readonly metric: string;
  readonly labels: readonly string[];
}

const directory = temporaryDirectory('monitoring');
let postgres: PostgresServer;
let world: World;
let agent: ChildProcess;
/** Of what a real gateway shows: metric -> labels that any of its series has. */
let shown: ReadonlyMap<string, ReadonlySet<string>>;

beforeAll(async () => {
  postgres = await startPostgres({ fast: true });
  const forward = join(directory.path, 'forward.yaml');
  const destination = `{ name: file, type: file, path: ${join(directory.path, 'audit.jsonl')} }`;
  writeFileSync(forward, `version: 1\ndestinations:\n  - ${destination}\n`, { mode: 0o600 });
  world = await buildWorld(directory.path, await postgres.createDatabase(), {
    VV_TG_WORKERS: '2',
    VV_TG_FORWARD_FILE: forward,
  });
  await runAgent(world, ['send', REPORTS[0]?.file ?? '']);
  await runAgent(world, ['feedback', 'pull'], { VECTORVUE_FEDERATION_SERVICE_IDENTITY: 'nobody' });
  agent = spawn(process.execPath, [PROGRAMS.agent, 'run'], {
    env: { PATH: process.env.PATH, ...world.agentEnvironment },
    stdio: 'ignore',
  });
  const [host = '', port = ''] = world.gateway.listen.split(':');
  connect(Number(port), host).end('not TLS');
  await until('all of it is counted', async () => {
    const ofGateway = await (await fetch(`http://${world.gateway.adminListen}/metrics`)).text();
    shown = seriesOf(`${ofGateway}\n${await metricsOfAgent()}`);
    const late = [
      'vectorvue_tls_handshake_failures_total',
      'vectorvue_forward_entries_total',
      'spectrastrike_gateway_circuit_open',
    ];
    return late.every((metric) => (shown.get(metric)?.size ?? 0) > 0);
  });
});
afterAll(async () => {
  agent?.kill('SIGKILL');
  await world?.gateway.stop();
  await postgres.stop();
  directory.remove();
});

/** Over the socket in the agent's data directory; nothing while it starts. */
async function metricsOfAgent(): Promise<string> {
  const socketPath = join(world.agentEnvironment.SPECTRASTRIKE_DATA_DIR ?? '', 'intake.sock');
  return new Promise((resolve) => {
    const asked = request({ socketPath, path: '/metrics' }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      answer.once('end', () => resolve(text));
    });
    asked.once('error', () => resolve(''));
    asked.end();
  });
}

function seriesOf(text: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  // A counter that has counted nothing has a type and no series.
  for (const [, metric = ''] of text.matchAll(/^# TYPE (\S+) /gm)) found.set(metric, new Set());
  for (const [, metric = '', labels = ''] of text.matchAll(/^([a-z_]+)(?:\{([^}]*)\})? /gm)) {
    const names = found.get(metric) ?? new Set();
    for (const [, label = ''] of labels.matchAll(/([a-z_]+)="/g)) names.add(label);
    found.set(metric, names);
  }
  return found;
}

const files = ['vectorvue', 'spectrastrike'].map((name) =>
  parse(readFileSync(join(infra, `prometheus/${name}.rules.yaml`), 'utf8')),
);
const rules = files
  .flatMap(({ groups }) => groups)
  .flatMap((group: { rules: { alert: string; expr: string }[] }) =>
    group.rules.map(({ alert, expr }): Query => ({ where: alert, expression: expr })),
  ) as readonly Query[];

const panels = JSON.parse(readFileSync(join(infra, 'grafana/vectorvue-gateway.json'), 'utf8')).panels.flatMap(
  ({ title, targets = [] }: { title: string; targets?: { expr: string }[] }) =>
    // Grafana replaces its variables before Prometheus sees them.
    targets.map(
      ({ expr }): Query => ({ where: title, expression: expr.replaceAll('$__rate_interval', '5m') }),
    ),
) as readonly Query[];

/** Throws where Prometheus would not take the expression. */
function askedBy(expression: string): readonly Asked[] {
  const asked: Asked[] = [];
  const textOf = ({ from, to }: SyntaxNode): string => expression.slice(from, to);
  parser.parse(expression).iterate({
    enter: (at) => {
      if (at.type.isError) throw new Error(`not PromQL at ${at.from}: ${expression}`);
      if (at.name !== 'VectorSelector') return;
      const labels: string[] = [];
      at.node.cursor().iterate((inner) => {
        if (inner.name === 'LabelName') labels.push(textOf(inner.node));
      });
      const name = at.node.getChild('Identifier');
      asked.push({ metric: name === null ? '' : textOf(name), labels });
    },
  });
  if (asked.length === 0) throw new Error(`asks for nothing: ${expression}`);
  return asked;
}

/** Prometheus gives these to every series of a target. */
const OF_THE_TARGET = ['instance', 'job'];
const ownMetrics = createMetrics();
createFleetMetrics(ownMetrics);
/** What the programs declare: of a counter that has counted nothing there is no other way to know its labels. */
const registries = [ownMetrics.registry, createApiMetrics().registry];

function labelsOf(metric: string): readonly string[] {
  const declared = registries.map((registry) => registry.getSingleMetric(metric) as Declared | undefined);
  return [
    ...OF_THE_TARGET,
    ...(shown.get(metric) ?? []),
    ...declared.flatMap((one) => one?.labelNames ?? []),
  ];
}

interface Declared {
  readonly labelNames?: readonly string[];
}

function unknownIn({ where, expression }: Query): readonly string[] {
  return askedBy(expression).flatMap(({ metric, labels }) => {
    if (metric === 'up') return [];
    if (!shown.has(metric)) return [`${where}: ${metric}`];
    const known = labelsOf(metric);
    return labels.filter((label) => !known.includes(label)).map((label) => `${where}: ${metric}{${label}}`);
  });
}

describe('what is asked for is there', () => {
  test('by every alert', () => {
    expect(rules.length).toBeGreaterThan(15);
    expect(rules.flatMap(unknownIn)).toEqual([]);
  });

  test('by every panel', () => {
    expect(panels.length).toBeGreaterThan(25);
    expect(panels.flatMap(unknownIn)).toEqual([]);
  });

  test('labels that are summed by or shown are there as well', () => {
    const named = [...rules, ...panels].flatMap(({ where, expression }) =>
      [...expression.matchAll(/ by \(([^)]*)\)/g)].flatMap(([, list = '']) =>
        list.split(',').map((label) => ({ where, expression, label: label.trim() })),
      ),
    );
    const absent = named.filter(
      ({ expression, label }) =>
        label !== 'le' && !askedBy(expression).some(({ metric }) => labelsOf(metric).includes(label)),
    );
    expect(absent).toEqual([]);
  });

  test('and this test would notice a name that is not', () => {
    const wrong = {
      where: 'x',
      expression: 'rate(vectorvue_request_total{code="x"}[5m]) + vectorvue_ready{pod="y"}',
    };
    expect(unknownIn(wrong)).toEqual(['x: vectorvue_request_total', 'x: vectorvue_ready{pod}']);
    expect(() => askedBy('sum(rate(vectorvue_ready[5m])')).toThrow('not PromQL');
  });
});

test('the dashboard: panels have ids of their own, none lies over another, and the data source is a variable', () => {
  const { panels: all } = JSON.parse(readFileSync(join(infra, 'grafana/vectorvue-gateway.json'), 'utf8'));
  expect(new Set(all.map(({ id }: { id: number }) => id)).size).toBe(all.length);
  const cells = all.flatMap(
    ({ gridPos: { x, y, w, h } }: { gridPos: Record<'x' | 'y' | 'w' | 'h', number> }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  const sources = JSON.stringify(all).matchAll(/"uid":"([^"]*)"/g);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that is how Grafana writes a variable
  expect(new Set([...sources].map(([, uid]) => uid))).toEqual(new Set(['${datasource}']));
});

withPromtool('promtool takes the files, and the alerts fire as their tests say', () => {
  const cwd = join(infra, 'prometheus');
  for (const args of [
    ['check', 'rules', 'vectorvue.rules.yaml', 'spectrastrike.rules.yaml'],
    ['check', 'config', '--syntax-only', 'prometheus.yaml'],
    ['test', 'rules', 'vectorvue.test.yaml'],
  ]) {
    const { status, stdout, stderr } = spawnSync('promtool', args, { cwd, encoding: 'utf8' });
    expect({ args, status, said: status === 0 ? '' : stdout + stderr }).toEqual({
      args,
      status: 0,
      said: '',
    });
  }
});
