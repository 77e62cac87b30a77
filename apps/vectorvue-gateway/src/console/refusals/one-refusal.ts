import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Queryable, Statement } from '../../store/database.ts';
import { findRefusal } from '../../store/read/list-refusals.ts';
import { refusal } from '../refusal.ts';
import { ALL_TENANTS_ROLES, EVERY_ROLE } from '../roles.ts';
import { consoleRoute, reasonField } from '../route.ts';
import { describeCode, describedCode, refusedEntry, toEntry } from './entry-schema.ts';

const params = z.object({ sequence: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER) });

/** Of what is kept of a refused request, everything but what it says. */
const KEPT: Statement = {
  name: 'read-refused-body-kept-v1',
  text: `SELECT body_bytes, truncated FROM refused_bodies WHERE tenant_id = $1 AND request_id = $2::uuid`,
};
const HAS_EVIDENCE: Statement = {
  name: 'read-refused-evidence-v1',
  text: `SELECT EXISTS (SELECT FROM evidence WHERE tenant_id = $1 AND request_id = $2::uuid) AS found`,
};
const BODY: Statement = {
  name: 'read-refused-body-v1',
  text: `SELECT body, body_bytes, truncated FROM refused_bodies WHERE tenant_id = $1 AND request_id = $2::uuid`,
};

interface Kept {
  readonly body_bytes: number;
  readonly truncated: boolean;
}

async function keptOf(db: Queryable, tenantId: string | null, requestId: string) {
  const [body] = await db.query<Kept>(KEPT, [tenantId ?? '', requestId]);
  const [evidence] = await db.query<{ found: boolean }>(HAS_EVIDENCE, [tenantId ?? '', requestId]);
  return { body: body ?? null, has_evidence: evidence?.found ?? false };
}

export const refusalRoute = consoleRoute({
  id: 'refusal',
  method: 'GET',
  path: '/refusals/{sequence}',
  summary: 'One refusal: what its code means, what to do, and whether its body is kept; never what is in it',
  roles: EVERY_ROLE,
  params,
  answer: z.object({
    entry: refusedEntry,
    code: describedCode,
    body: z
      .object({ body_bytes: z.number().int(), truncated: z.boolean() })
      .nullable()
      .meta({ description: 'null: it is not kept, because nobody vouched for it, or not any more' }),
    has_evidence: z
      .boolean()
      .meta({ description: 'Other events of the same batch were taken: the body is evidence' }),
  }),
  handle: async (context, { params: { sequence } }) => {
    const found = await context.read(null, async (db) => {
      const row = await findRefusal(db, sequence);
      return row === null ? null : { row, ...(await keptOf(db, row.tenant_id, row.request_id)) };
    });
    if (found === null) return refusal('refusal_unknown', 'no refusal that you may see has this sequence');
    const { row, body, has_evidence } = found;
    return { ok: true, value: { entry: toEntry(row), code: describeCode(row.code), body, has_evidence } };
  },
});

/** A POST because it is a deed: who looked at what a peer sent, and why, is in the audit log before the bytes are seen. */
export const refusedBodyRoute = consoleRoute({
  id: 'refusedBody',
  method: 'POST',
  path: '/refusals/{sequence}/body',
  summary:
    'The bytes of a refused request, up to 64 KiB. Whoever asks for them is in the audit log with the reason',
  roles: ALL_TENANTS_ROLES,
  changes: true,
  params,
  body: z.strictObject({ reason: reasonField }),
  answer: z.object({
    body: z.string().meta({ description: 'base64url. Hostile: show it as text or hex, run it never' }),
    body_bytes: z.number().int(),
    truncated: z.boolean(),
    shown_sha256: z.string().meta({ description: 'Hex, of the bytes that are shown' }),
  }),
  handle: async (context, { params: { sequence } }) => {
    const row = await context.read(null, (db) => findRefusal(db, sequence));
    if (row === null) return refusal('refusal_unknown', 'no refusal that you may see has this sequence');
    const kept = await context.change(row.tenant_id, async (tx) => {
      const [found] = await tx.query<Kept & { body: Uint8Array }>(BODY, [
        row.tenant_id ?? '',
        row.request_id,
      ]);
      tx.record({
        action: 'console.refused_body.read',
        class: 'administration',
        code: found === undefined ? 'not_kept' : 'shown',
        subject: row.request_id,
        tenantId: row.tenant_id,
      });
      return found ?? null;
    });
    if (kept === null) return refusal('body_unknown', 'the body of this request is not kept');
    const { body, body_bytes, truncated } = kept;
    return {
      ok: true,
      value: {
        body: Buffer.from(body).toString('base64url'),
        body_bytes,
        truncated,
        shown_sha256: createHash('sha256').update(body).digest('hex'),
      },
    };
  },
});
