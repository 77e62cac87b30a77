import { envelope, graph, payload, query, signed, telemetry, text } from './bodies.ts';
import {
  acceptance,
  type Case,
  inTurn,
  judgeRefusal,
  member,
  refusal,
  skipped,
  wantsAccepted,
  wantsRefused,
} from './case.ts';
import { PATHS } from './lab.ts';

/** PROTOCOL.md section 5, steps 10 and 14; section 4. */
export const BOUNDARY_CASES: readonly Case[] = [
  refusal('tenant.unmapped', '5.10', 'an operator that nobody mapped', 'operator_not_mapped', (lab) =>
    telemetry(lab, { operator_id: `nobody-${lab.runId}` }),
  ),
  refusal('tenant.foreign', '5.10', 'our operator for another tenant', 'tenant_mapping_violation', (lab) =>
    telemetry(lab, { tenant_id: foreignTenant(lab.hash()) }),
  ),
  refusal('tenant.foreign-graph', '5.10', 'a graph for another tenant', 'tenant_mapping_violation', (lab) =>
    graph(lab, { tenant_id: foreignTenant(lab.hash()) }),
  ),
  refusal('tenant.foreign-query', '5.10', 'a query about another tenant', 'tenant_mapping_violation', (lab) =>
    query(lab, { tenant_id: foreignTenant(lab.hash()) }),
  ),
  acceptance('tenant.case', '7', 'the tenant in upper case is the same tenant', 202, (lab) =>
    telemetry(lab, { tenant_id: lab.who.tenantId.toUpperCase() }),
  ),
  {
    id: 'tenant.forbidden',
    section: '5.10',
    about: 'an operator for which the identity may not speak',
    proves: ['operator_not_permitted'],
    run: async (lab) => {
      const { forbidden } = lab.who;
      if (forbidden === null) return skipped('no --forbidden-operator and --forbidden-tenant were given');
      const changes = { operator_id: forbidden.operatorId, tenant_id: forbidden.tenantId };
      return wantsRefused(lab, telemetry(lab, changes), 'operator_not_permitted');
    },
  },
  {
    id: 'tenant.key-domain',
    section: '5.10',
    about: 'a key of the identity that may not vouch for the tenant',
    proves: ['key_domain_violation'],
    run: async (lab) => {
      const { narrow } = lab.who;
      if (narrow === null) return skipped('no --narrow-key was given');
      return wantsRefused(lab, telemetry(lab, {}, { key: narrow }), 'key_domain_violation');
    },
  },
  {
    id: 'replay.same-bytes',
    section: '4',
    about: 'the same request twice',
    proves: ['replay_detected'],
    run: async (lab) => {
      const prepared = await telemetry(lab);
      return inTurn(
        () => wantsAccepted(lab, prepared),
        () => wantsRefused(lab, prepared, 'replay_detected'),
      );
    },
  },
  {
    id: 'replay.same-nonce',
    section: '4',
    about: 'the same nonce with another timestamp, endpoint and body',
    proves: ['replay_detected'],
    run: (lab) => {
      const nonce = lab.nonce();
      return inTurn(
        () => wantsAccepted(lab, telemetry(lab, {}, { nonce })),
        () => wantsRefused(lab, query(lab, {}, { nonce, timestamp: lab.now() + 1 }), 'replay_detected'),
      );
    },
  },
  {
    id: 'replay.after-refusal',
    section: '4',
    about: 'a refusal after the signature has claimed its nonce, and the replay answers before it',
    proves: ['replay_detected'],
    run: async (lab) => {
      const prepared = await telemetry(lab, { zzz: 1 });
      return inTurn(
        () => wantsRefused(lab, prepared, 'schema_invalid'),
        () => wantsRefused(lab, prepared, 'replay_detected'),
      );
    },
  },
  {
    id: 'replay.unclaimed',
    section: '4',
    about: 'a nonce under a bad signature is not burnt',
    proves: ['signature_invalid'],
    run: async (lab) => {
      const nonce = lab.nonce();
      const { body } = await telemetry(lab, {}, { nonce });
      const forged = { ...(await telemetry(lab, {}, { nonce })), body };
      return inTurn(
        () => wantsRefused(lab, forged, 'signature_invalid'),
        () => wantsAccepted(lab, telemetry(lab, {}, { nonce })),
      );
    },
  },
  {
    id: 'event.duplicate',
    section: '4',
    about: 'the same event, signed afresh, is a duplicate; intent attributes do not count',
    proves: [],
    run: (lab) => {
      const hash = lab.hash();
      const base = { event_id: lab.eventId(), observed_at: '2026-01-01T00:00:00+00:00' };
      const made = (intent: string) =>
        telemetry(lab, {
          execution_hash: hash,
          payload: payload(lab, base, { intent_id: intent, write_ahead: true }),
        });
      return inTurn(
        () => wantsAccepted(lab, made('intent-00000001')),
        () =>
          wantsAccepted(lab, made('intent-00000002'), (answer) =>
            member(answer, 'duplicate') === true ? null : 'duplicate true',
          ),
      );
    },
  },
  {
    id: 'event.conflict',
    section: '4',
    about: 'the same event id with other content',
    proves: ['event_conflict'],
    run: (lab) => {
      const id = { event_id: lab.eventId() };
      const other = { ...id, description: 'other content' };
      return inTurn(
        () => wantsAccepted(lab, telemetry(lab, { payload: payload(lab, id) })),
        () => wantsRefused(lab, telemetry(lab, { payload: payload(lab, other) }), 'event_conflict'),
      );
    },
  },
  {
    id: 'replay.parallel',
    section: '4',
    about: 'of the same request twenty times at once one is accepted',
    proves: ['replay_detected'],
    run: async (lab) => {
      const prepared = await signed(lab, PATHS.telemetry, (timestamp, nonce) =>
        text(envelope(lab, timestamp, nonce)),
      );
      const answers = await Promise.all(Array.from({ length: 20 }, () => lab.send(prepared)));
      const accepted = answers.filter(({ status }) => status === 202).length;
      const refused = answers.find(({ status }) => status !== 202);
      if (accepted !== 1 || refused === undefined) {
        return { result: 'failed', expected: '1 of 20 accepted', got: `${accepted} of 20` };
      }
      return judgeRefusal(lab, refused, ['replay_detected']);
    },
  },
];

/** A UUID that is nobody's. */
function foreignTenant(hash: string): string {
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}
