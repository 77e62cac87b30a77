import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ERROR_CODES } from '@nyxera/federation-protocol';
import { describeWithShared } from '@nyxera/federation-testing';
import fc from 'fast-check';
import { classOfCode, levelOf } from '../../src/audit/classify.ts';
import type { ForwardEntry, ForwardFinding } from '../../src/forward/entry.ts';
import { markShortened } from '../../src/forward/mark-shortened.ts';
import { toForwardEntry } from '../../src/forward/read-page.ts';
import { toOcsf } from '../../src/forward/to-ocsf.ts';
import { shorten } from '../../src/forward/write-json.ts';
import { VERSION } from '../../src/version.ts';
import { entry } from './entries.ts';

interface OcsfClass {
  readonly category_uid: number;
  readonly class_uid: number;
  readonly caption: string;
  readonly required: readonly string[];
  readonly recommended: readonly string[];
  readonly activity_id: Readonly<Record<string, string>>;
}

/** Optional members of every class that the mapping uses; the vectors hold required and recommended ones only. */
const OPTIONAL = [
  'activity_name',
  'category_name',
  'class_name',
  'type_name',
  'severity',
  'status',
  'status_id',
  'comment',
  'unmapped',
];

// biome-ignore lint/suspicious/noExplicitAny: events of three shapes are looked into freely
type Json = any;

const FINDING: ForwardFinding = {
  findingId: 'fnd-e1',
  severity: 'critical',
  assetRef: '10.0.0.5',
  targetUrn: null,
  campaignId: 'campaign-1',
  firstSeen: new Date(Date.UTC(2026, 1, 26, 11, 0, 0)),
  eventId: 'e1',
  eventType: 'VULN_FOUND',
  sourceSystem: 'nuclei',
  techniques: ['T1046', 'T1595.002'],
  tactics: ['TA0007'],
};

describeWithShared('the OCSF mapping', (shared) => {
  const classes = Object.values(
    (
      JSON.parse(readFileSync(join(shared, 'vectors', 'ocsf', 'classes.json'), 'utf8')) as {
        classes: Record<string, OcsfClass>;
      }
    ).classes,
  );

  function validate(event: Json, of: ForwardEntry, uid = of.id): void {
    const found = classes.find((each) => each.class_uid === event.class_uid);
    if (found === undefined) throw new Error(`class ${event.class_uid}`);
    for (const member of found.required)
      expect({ member, there: event[member] !== undefined }).toEqual({ member, there: true });
    const known = new Set([...found.required, ...found.recommended, ...OPTIONAL]);
    expect(Object.keys(event).filter((member) => !known.has(member))).toEqual([]);
    expect(event.category_uid).toBe(found.category_uid);
    expect(event.class_name).toBe(found.caption);
    // 99 is "Other" in every class, and then the name says what.
    if (event.activity_id !== 99) expect(event.activity_name).toBe(found.activity_id[event.activity_id]);
    expect(event.type_uid).toBe(event.class_uid * 100 + event.activity_id);
    expect([1, 2, 3, 4, 5]).toContain(event.severity_id);
    expect(event.time).toBe(of.recordedAt.getTime());
    expect(event.metadata).toMatchObject({
      uid,
      version: '1.5.0',
      sequence: of.sequence,
      product: { name: 'VectorVue gateway', vendor_name: 'Nyxera', version: VERSION },
    });
    expect(event.metadata.tenant_uid ?? null).toBe(of.tenantId);
    expect(event.unmapped).toMatchObject({
      subject: of.subject,
      operator_id: of.operatorId,
      leaf_hash: of.id,
    });
    for (const member of ['user', 'actor', 'api', 'src_endpoint', 'finding_info']) {
      if (event[member] !== undefined) expect(Object.keys(event[member]).length).toBeGreaterThan(0);
    }
    if (event.finding_info !== undefined) {
      expect(event.finding_info.uid).toEqual(expect.any(String));
      expect(event.finding_info.title).toEqual(expect.any(String));
    }
    if (event.api !== undefined) expect(event.api.operation).toBe(of.action);
  }

  test.each(Object.keys(ERROR_CODES))('%s', (code) => {
    const auditClass = classOfCode(code);
    const of = entry({ code, class: auditClass, level: levelOf(auditClass, code) });
    const [event, ...more] = toOcsf(of, null).map((record) => record.json as Json);
    expect(more).toEqual([]);
    validate(event, of);
    const { httpStatus } = ERROR_CODES[code as keyof typeof ERROR_CODES];
    if (code === 'audit_fork_detected') {
      expect(event).toMatchObject({
        class_uid: 2004,
        activity_id: 1,
        is_alert: true,
        severity_id: 5,
        status: 'New',
      });
      return;
    }
    expect(event).toMatchObject({ status: 'Failure', status_id: 2, status_code: code });
    expect(event.class_uid).toBe(httpStatus === 401 ? 3002 : 6003);
    if (httpStatus === 401) expect(event).toMatchObject({ activity_id: 1, user: { name: 'agent-a' } });
    else if (httpStatus !== null) expect(event.api.response.code).toBe(httpStatus);
  });

  test.each([
    ['telemetry', 'accepted', 'decision', 1, 202],
    ['telemetry.batch', 'duplicate', 'decision', 1, 202],
    ['graph', 'accepted', 'decision', 1, 202],
    ['evidence.verify', 'accepted', 'decision', 2, 200],
    ['feedback.query', 'issued', 'feedback', 2, 200],
    ['key.import.telemetry', 'changed', 'trust', 1, undefined],
    ['key.revoke', 'changed', 'trust', 4, undefined],
    ['identity.pin', 'changed', 'trust', 3, undefined],
    ['identity.suspend', 'changed', 'trust', 3, undefined],
    ['tenant.suspend', 'changed', 'trust', 3, undefined],
    ['forward.rewind', 'changed', 'administration', 3, undefined],
    ['something.new', 'changed', 'administration', 99, undefined],
    ['__proto__', 'changed', 'administration', 99, undefined],
  ])('%s %s', (action, code, auditClass, activity, status) => {
    const of = entry({ action, code, class: auditClass });
    const [event] = toOcsf(of, null).map((record) => record.json as Json);
    validate(event, of);
    expect(event).toMatchObject({ class_uid: 6003, activity_id: activity, status: 'Success', status_id: 1 });
    expect(event.api.response?.code).toBe(status);
  });

  test('an accepted event that is a finding makes a Detection Finding besides', () => {
    const of = entry({ subject: 'e1' });
    const made = toOcsf(of, FINDING);
    expect(made.map((record) => record.id)).toEqual([of.id, `${of.id}:finding`]);
    const [decision, finding] = made.map((record) => record.json as Json);
    validate(decision, of);
    validate(finding, of, `${of.id}:finding`);
    expect(finding).toMatchObject({
      class_uid: 2004,
      activity_id: 1,
      severity_id: 5,
      status: 'New',
      is_alert: true,
      finding_info: { uid: 'fnd-e1', title: 'VULN_FOUND', related_events: [{ uid: 'e1' }] },
      resources: [{ uid: '10.0.0.5' }],
    });
    const [, triaged] = toOcsf(of, { ...FINDING, severity: 'low' }).map((record) => record.json as Json);
    expect(triaged).toMatchObject({ severity_id: 2, status: 'In Progress', is_alert: false });
  });

  test.each([
    ['finding.close', 3, 'Resolved'],
    ['finding.suppress', 2, 'Suppressed'],
    ['finding.reopen', 2, 'In Progress'],
  ])('%s', (action, activity, status) => {
    const subject = '{"reason":"patched","subject":"fnd-e1"}';
    const of = entry({ action, code: 'changed', class: 'administration', subject });
    const [event] = toOcsf(of, null).map((record) => record.json as Json);
    validate(event, of);
    expect(event).toMatchObject({
      class_uid: 2004,
      activity_id: activity,
      status,
      comment: 'patched',
      finding_info: { uid: 'fnd-e1' },
    });
  });

  test('whatever stands in an entry, the event is valid, and still is when it is shortened', () => {
    const text = fc.option(fc.string({ unit: 'binary', maxLength: 3_000 }), { nil: null });
    const codes = fc.oneof(fc.constantFrom(...Object.keys(ERROR_CODES), 'accepted', 'changed'), fc.string());
    fc.assert(
      fc.property(
        fc.record({
          code: codes,
          class: fc.string(),
          action: fc.string(),
          actor: fc.string({ unit: 'binary' }),
          subject: text,
          operatorId: text,
          kid: text,
          tenantId: text,
        }),
        (over) => {
          const of = entry(over);
          for (const record of toOcsf(of, null)) {
            validate(record.json, of);
            const { json, text: written } = shorten(record.json, 8_192, markShortened);
            expect(written.length).toBeLessThanOrEqual(8_192);
            expect((json as Json).metadata.uid).toBe(of.id);
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});

test('the version is that of the package', () => {
  const manifest = JSON.parse(
    readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8'),
  ) as { version: string };
  expect(VERSION).toBe(manifest.version);
});

test('an entry that was erased before it was handed on keeps its id and says so, and is no refusal', () => {
  const row = {
    sequence: 7,
    request_id: '0199f3a0-8f1e-7c3a-9d55-2b6f0e1c4a77',
    recorded_at: new Date(Date.UTC(2026, 1, 26)),
    class: 'decision',
    action: '',
    actor: '',
    tenant_id: '10000000-0000-4000-8000-00000000000a',
    code: '',
    kid: null,
    peer_sha256: null,
    entry: '',
    disclosure: '{}',
    leaf_hash: new Uint8Array(32).fill(0xab),
    pruned_by: '0199f3a0-8f1e-7c3a-9d55-2b6f0e1c4a78',
  };
  const pruned = toForwardEntry(row);
  expect(pruned).toMatchObject({ code: 'pruned', action: 'pruned', subject: null, id: 'ab'.repeat(32) });
  const [record] = toOcsf(pruned, null);
  expect(record?.json).toMatchObject({
    class_uid: 6003,
    status_id: 1,
    status_code: 'pruned',
    metadata: { uid: 'ab'.repeat(32) },
  });
});
