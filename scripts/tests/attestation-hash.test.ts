/**
 * One attestation hash, followed through every place that PROTOCOL.md section 11 names: report -> canonical payload
 * -> fingerprint input -> signed body -> stored event -> finding -> graph -> adjustment -> policy context. Both real
 * programs, a real database; every place is asked through a command line, none is remembered.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  decodeSignature,
  executionFingerprint,
  importPublicKey,
  requestSignatureInput,
  verifyEd25519,
} from '@nyxera/federation-protocol';
import { askAgent, askGateway, buildWorld, OPERATOR, runAgent, TENANT, type World } from '../demo/world.ts';

const EVENT_ID = 'traced-0001';
const TARGET = 'urn:target:host:traced.example';
const TEST_MS = 60_000;

const root = mkdtempSync(join(tmpdir(), 'nyxera-hash-'));
const report = join(root, 'report.jsonl');
const tool = join(root, 'scanner');
let world: World;
let hash: string;

interface Run {
  readonly attestation_measurement_hash: string;
  readonly attestation_synthetic: boolean;
  readonly tool_sha256: string;
}

interface ShownEvent {
  readonly ok: boolean;
  /** The payload as canonical text. */
  readonly event: { readonly payload: string };
  readonly evidence: Readonly<Record<'public_key' | 'signature' | 'nonce' | 'body', string>> & {
    readonly timestamp: number;
  };
}

interface Carrier {
  readonly attestation_measurement_hash: string;
  readonly execution_fingerprint?: string;
}

beforeAll(async () => {
  world = await buildWorld(join(root, 'world'), null);
  writeFileSync(tool, 'the scanner that made the report');
  const event = {
    event_id: EVENT_ID,
    event_type: 'EXPLOIT_CONFIRMED',
    source_system: 'test',
    severity: 'critical',
    observed_at: '2026-02-26T12:00:00Z',
    mitre_techniques: ['T1190'],
    attributes: { asset_ref: 'traced.example', target_urn: TARGET },
  };
  writeFileSync(report, `${JSON.stringify(event)}\n`);
  await askAgent(world, ['send', report, '--tool', tool]);
  const { attestation } = await askAgent<{ attestation: Run }>(world, ['status']);
  hash = attestation.attestation_measurement_hash;
}, TEST_MS);

afterAll(async () => {
  await world.gateway.stop();
  rmSync(root, { recursive: true, force: true });
});

const showEvent = (): Promise<ShownEvent> =>
  askGateway<ShownEvent>(world, ['events', 'show', EVENT_ID, '--tenant', TENANT]);

describe('one hash through every place of section 11', () => {
  test('report: the run that read it measured the agent and the tool, and derived nothing', async () => {
    const { attestation } = await askAgent<{ attestation: Run }>(world, ['status']);
    const toolSha256 = createHash('sha256').update(readFileSync(tool)).digest('hex');
    expect(attestation).toMatchObject({
      attestation_synthetic: false,
      tool_sha256: `sha256:${toolSha256}`,
    });
    const shown = await askAgent<{ found: readonly { place: string; ref: string }[] }>(world, [
      'attestation',
      'show',
      '--hash',
      hash,
    ]);
    expect(shown.found).toContainEqual(expect.objectContaining({ place: 'report', ref: report }));
  });

  test('canonical payload, fingerprint input and signed body', async () => {
    const { ok, event, evidence } = await showEvent();
    const { attributes } = JSON.parse(event.payload) as { attributes: Record<string, unknown> };
    expect(ok).toBe(true);
    expect(attributes).toMatchObject({ attestation_measurement_hash: hash, attestation_synthetic: false });

    const body = Buffer.from(evidence.body, 'base64');
    const signed = JSON.parse(body.toString('ascii')) as { execution_hash: string; payload: unknown };
    expect(signed.payload).toMatchObject({ attributes: { attestation_measurement_hash: hash } });
    const inputWith = (attestation: string) =>
      executionFingerprint({
        attestation_measurement_hash: attestation,
        manifest_hash: String(attributes.manifest_hash),
        operator_id: OPERATOR,
        policy_decision_hash: String(attributes.policy_decision_hash),
        tenant_id: TENANT,
        timestamp: String(attributes.fingerprint_timestamp),
        tool_hash: String(attributes.tool_sha256),
      });
    expect(inputWith(hash)).toBe(signed.execution_hash);
    expect(inputWith('0'.repeat(64))).not.toBe(signed.execution_hash);

    const key = importPublicKey(evidence.public_key);
    const signature = decodeSignature(evidence.signature);
    if (!key.ok || signature === null) throw new Error('the stored evidence has no usable key or signature');
    const message = requestSignatureInput(Number(evidence.timestamp), evidence.nonce, body);
    expect(verifyEd25519(key.value, message, signature)).toBe(true);
  });

  test('stored event and finding', async () => {
    const { events } = await askGateway<{ events: readonly Carrier[] }>(world, [
      'events',
      'list',
      '--tenant',
      TENANT,
    ]);
    expect(events.map((one) => one.attestation_measurement_hash)).toEqual([hash]);
    const { findings } = await askGateway<{ findings: readonly Carrier[] }>(world, [
      'findings',
      'list',
      '--tenant',
      TENANT,
    ]);
    expect(findings.map((one) => one.attestation_measurement_hash)).toEqual([hash]);
  });

  test('graph, adjustment and policy context: the decision names what caused it', async () => {
    await askAgent(world, ['graph', 'build']);
    const { graphs } = await askAgent<{ graphs: readonly Carrier[] }>(world, ['graph', 'push']);
    expect(graphs.map((one) => one.attestation_measurement_hash)).toEqual([hash]);

    const { adjustments } = await askAgent<{
      adjustments: readonly (Carrier & { target_urn: string; action: string })[];
    }>(world, ['feedback', 'pull', '--anchor']);
    const about = adjustments.filter((one) => one.target_urn === TARGET);
    expect(about.map((one) => one.action)).toContain('deny');
    expect(new Set(about.map((one) => one.attestation_measurement_hash))).toEqual(new Set([hash]));

    const decision = await runAgent(world, ['policy', 'evaluate', '--tenant', TENANT, '--target', TARGET]);
    expect(decision.json).toMatchObject({
      allow: false,
      context: { feedback_action: 'deny', feedback_attestation_measurement_hash: hash },
    });
  });

  test('another tool is another measurement', async () => {
    writeFileSync(tool, 'another scanner');
    const other = join(root, 'other.jsonl');
    writeFileSync(other, readFileSync(report, 'utf8').replace(EVENT_ID, 'traced-0002'));
    await askAgent(world, ['send', other, '--tool', tool]);
    const { attestation } = await askAgent<{ attestation: Run }>(world, ['status']);
    expect(attestation.attestation_measurement_hash).not.toBe(hash);
  });
});

/** Host logs hold such numbers in half of their lines; a parser that makes doubles of them changes their last digits. */
test('integers beyond 2^53 come out of the stored evidence as they stood in the log', async () => {
  const log = join(root, 'log.jsonl');
  const numbers = '"Keywords":-9214364837600034816,"RecordNumber":123456789012345678901234567890';
  writeFileSync(
    log,
    `{"EventTime":"2023-07-19 09:02:18","SeverityValue":2,"SourceName":"S","EventID":1,"Hostname":"h",${numbers}}\n`,
  );
  const mapping = new URL('../../apps/spectrastrike-agent/mappings/nxlog.yaml', import.meta.url).pathname;
  const sent = await askAgent(world, ['send', log, '--format', 'jsonl', '--map', mapping]);
  expect(sent).toMatchObject({ read: 1, delivered: 1, pending: 0 });
  const { events } = await askGateway<{ events: readonly { event_id: string }[] }>(world, [
    'events',
    'list',
    '--tenant',
    TENANT,
  ]);
  const id = events.map((one) => one.event_id).find((one) => one.startsWith('jsonl-')) ?? '';
  const { ok, event, evidence } = await askGateway<ShownEvent>(world, [
    'events',
    'show',
    id,
    '--tenant',
    TENANT,
  ]);
  expect(ok).toBe(true);
  const signed = Buffer.from(evidence.body, 'base64').toString('ascii');
  for (const number of numbers.split(',')) {
    expect(signed).toContain(number);
    expect(event.payload).toContain(number);
  }
}, 60_000);
