import { z } from 'zod';
import { type KeyChange, keyHistory } from '../../store/read/list-trust.ts';
import { READER_KEY_HISTORY } from '../../store/sql/console-trust.ts';
import { LIST_LIMIT_MAX } from '../filters.ts';
import { refusal } from '../refusal.ts';
import { EVERY_ROLE } from '../roles.ts';
import { consoleRoute } from '../route.ts';
import { readKeys } from './keys.ts';
import { iso } from './pages.ts';
import { keyChangeItem, keyItem, keyPurpose, keyState } from './schemas.ts';

/** One public key: every entry that holds it, and what became of each. */
export const keyRoute = consoleRoute({
  id: 'trustKey',
  method: 'GET',
  path: '/trust/keys/{public_key}',
  summary:
    'One public key, everywhere that it is entered, and its life: what was changed, when, by whom and why',
  roles: EVERY_ROLE,
  params: z.strictObject({
    public_key: z.string().regex(/^[A-Za-z0-9_-]{43}$/, '32 bytes in base64url: 43 characters'),
  }),
  answer: z.object({
    entries: z.array(keyItem),
    history: z.array(keyChangeItem).meta({
      description:
        'What an entry was from `changed_at` on; oldest first. Who and why is not told to roles of tenants',
    }),
    now: z.string(),
  }),
  handle: async (context, { params }) => {
    const publicKey = new Uint8Array(Buffer.from(params.public_key, 'base64url'));
    const query = { owner: null, purpose: null, state: null, kid: null, publicKey };
    const page = { after: null, limit: LIST_LIMIT_MAX };
    const nowMs = context.now();
    const { entries, history } = await context.read(null, async (db, scope) => ({
      entries: (await readKeys(db, scope, query, page, nowMs)).rows,
      history:
        scope === 'all-tenants'
          ? await keyHistory(db, publicKey)
          : await db.query<KeyChange>(READER_KEY_HISTORY, [publicKey]),
    }));
    if (entries.length === 0) return refusal('key_unknown', 'no such key that this session may see');
    const changes = history.map((change) => ({
      kid: change.kid,
      owner: change.owner,
      purpose: keyPurpose.parse(change.purpose),
      state: keyState.parse(change.state),
      not_before: iso(change.not_before),
      not_after: iso(change.not_after),
      actor: change.actor,
      reason: change.reason,
      changed_at: change.changed_at.toISOString(),
    }));
    return {
      ok: true,
      value: { entries: [...entries], history: changes, now: new Date(nowMs).toISOString() },
    };
  },
});
