/**
 * The main story: real reports go in, become evidence and findings, come back as signed feedback, and change a
 * decision. Every fact shown is asked from the two programs, not remembered by this script.
 */
import { join } from 'node:path';
import type { Report } from './report.ts';
import { askAgent, askGateway, runAgent, TENANT, type World } from './world.ts';

const fixtures = new URL('../fixtures/', import.meta.url).pathname;

export interface DemoReport {
  readonly file: string;
  readonly what: string;
}

/** The first two made with real tools on a real machine; their README says how. */
export const REPORTS: readonly DemoReport[] = [
  { file: join(fixtures, 'nmap-loopback.xml'), what: 'nmap, XML: a service scan of loopback' },
  { file: join(fixtures, 'flawfinder.sarif'), what: 'flawfinder, SARIF: C files with real flaws' },
  { file: join(fixtures, 'events.jsonl'), what: 'canonical events, JSON lines, written by hand' },
];

interface SendSummary {
  readonly read: number;
  readonly spooled: number;
  readonly delivered: number;
  readonly duplicates: number;
  readonly quarantined: number;
  readonly pending: number;
}

interface Decision {
  readonly allow: boolean;
  readonly context: Readonly<Record<string, unknown>>;
}

export async function decide(world: World, target: string): Promise<Decision> {
  const args = ['policy', 'evaluate', '--tenant', TENANT, '--target', target, '--base', 'allow'];
  const finished = await runAgent(world, args);
  return finished.json as Decision;
}

/** Returns how many events were delivered. */
export async function sendReports(world: World, report: Report): Promise<number> {
  let delivered = 0;
  for (const { file, what } of REPORTS) {
    const first = await askAgent<SendSummary>(world, ['send', file]);
    delivered += first.delivered;
    report.add({
      name: `send ${what}`,
      expected: 'every event that was read is delivered',
      observed: `${first.read} read, ${first.delivered} delivered`,
      ok: first.read > 0 && first.delivered === first.read && first.pending === 0 && first.quarantined === 0,
      evidence: { summary: first },
    });
  }
  const again = await askAgent<SendSummary>(world, ['send', REPORTS[0]?.file ?? '']);
  report.add({
    name: 'the same report a second time',
    expected: 'nothing is stored twice',
    observed: `${again.read} read, ${again.spooled} spooled, ${again.duplicates} known already`,
    ok: again.spooled === 0 && again.duplicates === again.read,
    evidence: { summary: again },
  });
  return delivered;
}

interface StoredFinding {
  readonly finding_id: string;
  readonly severity: string;
  readonly status: string;
  readonly target_urn: string | null;
  readonly attestation_measurement_hash: string;
}

/** Shows that events became evidence and findings, and returns the target of the worst finding. */
export async function showFindings(world: World, report: Report, sent: number): Promise<string> {
  const { events } = await askGateway<{ events: readonly { event_id: string }[] }>(world, [
    'events',
    'list',
    '--tenant',
    TENANT,
    '--limit',
    '1000',
  ]);
  const { findings } = await askGateway<{ findings: readonly StoredFinding[] }>(world, [
    'findings',
    'list',
    '--tenant',
    TENANT,
  ]);
  const worst = findings.find((finding) => finding.severity === 'critical' && finding.status === 'open');
  report.add({
    name: 'what the gateway holds of it',
    expected: `${sent} events; an open critical finding among the findings`,
    observed: `${events.length} events, ${findings.length} findings, worst: ${worst?.severity ?? 'none'}`,
    ok: events.length === sent && worst !== undefined,
    evidence: { finding: worst?.finding_id ?? 'none', target: worst?.target_urn ?? 'none' },
  });
  return worst?.target_urn ?? '';
}

interface PushSummary {
  readonly pushed: number;
  readonly left: number;
}

interface PullSummary {
  readonly accepted: boolean;
  readonly recorded: number;
  readonly rejected: readonly unknown[];
  readonly kid: string;
}

/** Graph up, feedback down, anchored; and the decision that said allow now says deny. */
export async function closeTheLoop(world: World, report: Report, target: string): Promise<void> {
  const before = await decide(world, target);
  report.add({
    name: `may we act against ${target}? (before feedback)`,
    expected: 'allow',
    observed: before.allow ? 'allow' : 'deny',
    ok: before.allow,
    evidence: {},
  });
  await askAgent(world, ['graph', 'build']);
  const pushed = await askAgent<PushSummary>(world, ['graph', 'push']);
  const pulled = await askAgent<PullSummary>(world, ['feedback', 'pull']);
  report.add({
    name: 'graphs of the delivered events go up, signed feedback comes down, anchored to those graphs',
    expected: 'every graph accepted; every adjustment verified, anchored and recorded',
    observed: `${pushed.pushed} graphs pushed, ${pushed.left} left; ${pulled.recorded} adjustments recorded, ${pulled.rejected.length} rejected`,
    ok:
      pushed.pushed > 0 &&
      pushed.left === 0 &&
      pulled.accepted &&
      pulled.recorded > 0 &&
      pulled.rejected.length === 0,
    evidence: { 'signed by kid': pulled.kid, pushed, pulled },
  });
  const after = await decide(world, target);
  const hash = String(after.context.feedback_attestation_measurement_hash ?? '');
  report.add({
    name: `may we act against ${target}? (after feedback)`,
    expected: 'deny, and the attestation hash that caused it',
    observed: after.allow
      ? 'allow'
      : `deny (${String(after.context.feedback_action)}: ${String(after.context.feedback_rationale)})`,
    ok: !after.allow && /^[0-9a-f]{64}$/.test(hash),
    evidence: { 'attestation measurement hash': hash, context: after.context },
  });
}
