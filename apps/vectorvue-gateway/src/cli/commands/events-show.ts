import { z } from 'zod';
import { findEvent } from '../../store/read/find-event.ts';
import { CommandRefused, storeCommand } from '../command.ts';
import { defineCommand, given, requireTenantForm } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';
import { recheckEvidence } from '../recheck-evidence.ts';

const input = z.strictObject({
  event: z.string().max(256),
  tenant: z.string().max(64),
  operator: z.string().max(512).optional(),
});

export const eventsShow = storeCommand({
  name: 'events show',
  readOnly: true,
  input,
  register: (program, submit) => {
    defineCommand(program, 'events show', {
      arguments: '<event>',
      summary: 'one event exactly as it was signed; its signature is checked again',
      example: 'events show nmap-0a1b… --tenant 7f3c2a10-4f5e-4c1d-9b8a-2d6e0c9a1b55',
      notes:
        'Exit code 1 where the stored evidence does not verify. --json holds the signed bytes in base64.',
    })
      .requiredOption('--tenant <id>', 'the tenant of the event')
      .option('--operator <id>', 'needed where two operators of the tenant used the same event id')
      .action((event: string, options) => submit('events show', { event, ...given(options) }, options));
  },
  run: async (context, { event: eventId, tenant, operator = null }) => {
    const tenantId = requireTenantForm(tenant);
    const found = await findEvent(context.db, { tenantId, eventId, operatorId: operator });
    const [event] = found;
    if (event === undefined) throw new CommandRefused('event_unknown', 'this tenant has no such event');
    if (found.length > 1) {
      throw new CommandRefused(
        'event_ambiguous',
        'several operators of this tenant have that event id; say --operator',
      );
    }
    const { payload, checks } = recheckEvidence(event);
    const ok = checks.every((check) => check.ok);
    const base64 = (bytes: Uint8Array | null) =>
      bytes === null ? null : Buffer.from(bytes).toString('base64');
    const verdict = verdictOf(checks.length > 0, ok, event.key_state);
    return {
      json: {
        ok: checks.length === 0 ? null : ok,
        verdict,
        checks: checks.map(({ name, ok: passed }) => ({ name, ok: passed })),
        event: {
          tenant_id: event.tenant_id,
          operator_id: event.operator_id,
          event_id: event.event_id,
          request_id: event.request_id,
          accepted_at: event.accepted_at,
          payload,
        },
        evidence: {
          endpoint: event.endpoint,
          identity: event.identity,
          peer_sha256: event.peer_sha256,
          kid: event.kid,
          key_state: event.key_state,
          public_key: base64(event.public_key),
          signature: base64(event.signature),
          timestamp: event.header_timestamp,
          nonce: event.nonce,
          index: event.evidence_index,
          body: base64(event.body),
        },
      },
      table: {
        head: ['member', 'value'],
        rows: [
          ['event', event.event_id],
          ['tenant', event.tenant_id],
          ['operator', event.operator_id],
          ['request', event.request_id],
          ['accepted', event.accepted_at],
          ['identity', event.identity ?? '-'],
          ['certificate', event.peer_sha256 ?? '-'],
          ['key', event.kid ?? '-'],
          ['key today', event.key_state ?? 'not in the keyring'],
          ...checks.map((check) => [check.name, check.ok ? 'ok' : 'FAILED']),
        ],
      },
      lines: [verdict, ...(payload === null ? [] : [payload])],
      exitCode: ok ? EXIT.ok : EXIT.fault,
    };
  },
});

function verdictOf(present: boolean, ok: boolean, keyState: string | null): string {
  if (!present) return 'the evidence has been removed; only the event row is left';
  if (!ok) return 'INVALID: the stored evidence does not verify';
  return keyState === 'revoked' ? 'valid; the key has been revoked since' : 'valid';
}
