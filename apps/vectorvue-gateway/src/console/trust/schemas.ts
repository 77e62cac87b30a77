import { KEY_PURPOSES } from '@nyxera/federation-protocol';
import { z } from 'zod';

/** RFC 3339, UTC; null: never, or without bound. */
export const momentOrNull = z.string().nullable();
export const standingState = z.enum(['active', 'suspended']);
export const keyState = z.enum(['pending', 'active', 'retiring', 'revoked']);
export const keyPurpose = z.enum(KEY_PURPOSES);

export const pinItem = z.object({
  sha256: z.string(),
  not_before: momentOrNull,
  not_after: momentOrNull,
  source: z.string(),
  state: z.enum(['valid', 'future', 'ended', 'unpinned']),
});

export const identityItem = z.object({
  identity: z.string(),
  state: standingState,
  operators: z.array(z.string()).nullable().meta({ description: 'null: all' }),
  tenants: z.array(z.string()).nullable().meta({ description: 'null: all' }),
  spiffe_id: z.string().nullable(),
  pins: z.array(pinItem),
  keys: z
    .array(z.object({ purpose: keyPurpose, kid: z.string(), state: keyState }))
    .meta({ description: 'Those that verify now' }),
  source: z.string(),
  created_at: z.string(),
});

export const keyItem = z.object({
  kid: z.string(),
  owner: z.string(),
  purpose: keyPurpose,
  state: keyState,
  /** Now: by state and validity. */
  verifies: z.boolean(),
  signs: z.boolean().meta({ description: 'A key of the gateway that may sign now' }),
  tenants: z.array(z.string()).nullable().meta({ description: 'null: all that the owner may speak for' }),
  not_before: momentOrNull,
  not_after: momentOrNull,
  source: z.string(),
  custody: z.enum(['environment', 'file', 'pkcs11', 'vault', 'other']).nullable().meta({
    description: 'Of keys of the gateway, what holds the private half; where exactly is not told here',
  }),
  reason: z.string().nullable(),
  life: z
    .array(z.object({ state: keyState, from: z.string() }))
    .meta({ description: 'Its states, oldest first, each until the next' }),
  public_key: z.string().meta({ description: '32 bytes, base64url' }),
  thumbprint: z.string().nullable().meta({ description: 'RFC 7638; null: not a valid key any more' }),
  created_at: z.string(),
  updated_at: z.string(),
});

export const keyChangeItem = z.object({
  kid: z.string(),
  owner: z.string(),
  purpose: keyPurpose,
  state: keyState,
  not_before: momentOrNull,
  not_after: momentOrNull,
  actor: z.string().nullable(),
  reason: z.string().nullable(),
  changed_at: z.string(),
});

export const tenantItem = z.object({
  tenant_id: z.string(),
  name: z.string().nullable(),
  state: standingState,
  operators: z.number().int().meta({ description: 'Mapped to it' }),
  open_findings: z.number().int().meta({ description: '1001: more than 1000' }),
  last_event_at: momentOrNull,
  created_at: z.string(),
});

export const mappingItem = z.object({
  operator_id: z.string(),
  tenant_id: z.string(),
  tenant_name: z.string().nullable(),
  tenant_state: standingState,
  source: z.string(),
  created_at: z.string(),
});

export const confirmation = z.object({
  identity: z.string(),
  tenant_id: z.string(),
  confirmed_at: z.string(),
});

export const rotationItem = z.object({
  tenant_id: z.string().nullable().meta({ description: 'null: the general key' }),
  state: z.enum(['prepared', 'published', 'active', 'retired', 'abandoned']),
  new_kid: z.string(),
  old_kids: z.array(z.string()),
  confirmations: z.array(confirmation),
  waits_for: z.array(z.string()).nullable().meta({
    description:
      'Identities that exchange keys and have not confirmed; null: it waits for nobody, or not told',
  }),
  silent: z
    .array(z.string())
    .nullable()
    .meta({ description: 'Identities that never exchanged: they need the key by file; null as above' }),
  late: z.boolean().meta({ description: 'Unconfirmed for longer than was agreed' }),
  forced: z.boolean(),
  scheduled: z.boolean(),
  started_by: z.string(),
  started_at: z.string(),
  published_at: momentOrNull,
  activated_at: momentOrNull,
  retire_at: momentOrNull,
  alert_at: z.string(),
});

export const scheduleItem = z.object({
  tenant_id: z.string().nullable().meta({ description: 'null: the general key' }),
  every_seconds: z.number(),
  overlap_seconds: z.number(),
  confirm_seconds: z.number(),
  next_at: z.string(),
  changed_by: z.string(),
});
