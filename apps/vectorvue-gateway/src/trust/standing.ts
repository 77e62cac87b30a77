import type { Queryable, Statement } from '../store/database.ts';
import { listIdentities, listKeys, listMappings, listPins } from '../store/read/list-trust.ts';
import { GATEWAY_OWNER, type IdentityState, isWithin, type KeyState } from './trust-snapshot.ts';

export interface StandingIdentity {
  readonly state: IdentityState;
  /** Pins that are valid now, lower-case hex. */
  readonly pins: readonly string[];
  /** kids of its keys that verify now, by purpose. */
  readonly verifies: ReadonlyMap<string, readonly string[]>;
}

export interface StandingKey {
  readonly owner: string;
  readonly purpose: string;
  readonly kid: string;
  readonly state: KeyState;
}

/** Who may do what at one moment, as far as a change of trust can touch it. */
export interface Standing {
  readonly version: number;
  readonly identities: ReadonlyMap<string, StandingIdentity>;
  /** By owner, purpose and kid. */
  readonly keys: ReadonlyMap<string, StandingKey>;
  /** kids of the gateway's feedback keys that sign now, by the tenant that they are confined to; `*`: general ones. */
  readonly signs: ReadonlyMap<string, readonly string[]>;
  readonly tenants: ReadonlyMap<string, { readonly name: string | null; readonly state: string }>;
  /** Operator to tenant. */
  readonly operators: ReadonlyMap<string, string>;
}

const VERSION: Statement = { name: 'trust-version-v1', text: 'SELECT version FROM trust_state' };

export async function readStanding(db: Queryable, nowMs: number): Promise<Standing> {
  const [row] = await db.query<{ version: number }>(VERSION);
  const keys = await listKeys(db, { owner: null, purpose: null });
  const pins = (await listPins(db)).filter((pin) => isAlive(pin, nowMs));
  const mappings = await listMappings(db);
  const verifying = keys.filter(
    (key) => (key.state === 'active' || key.state === 'retiring') && isAlive(key, nowMs),
  );
  const signing = verifying.filter(
    ({ owner, purpose, state }) => owner === GATEWAY_OWNER && purpose === 'feedback' && state === 'active',
  );
  return {
    version: row?.version ?? 0,
    identities: new Map(
      (await listIdentities(db)).map(({ identity, state }) => [
        identity,
        {
          state,
          pins: pins.filter((pin) => pin.identity === identity).map(({ sha256 }) => sha256),
          verifies: grouped(
            verifying
              .filter(({ owner }) => owner === identity)
              .map(({ purpose, kid }) => [purpose, kid] as const),
          ),
        },
      ]),
    ),
    keys: new Map(
      keys.map(({ owner, purpose, kid, state }) => [
        `${purpose} ${kid} ${owner}`,
        { owner, purpose, kid, state },
      ]),
    ),
    signs: grouped(signing.flatMap(({ domain, kid }) => (domain ?? ['*']).map((of) => [of, kid] as const))),
    tenants: new Map(mappings.map(({ tenant_id, name, state }) => [tenant_id, { name, state }])),
    operators: new Map(
      mappings.flatMap(({ operator_id, tenant_id }) =>
        operator_id === null ? [] : [[operator_id, tenant_id] as const],
      ),
    ),
  };
}

function isAlive(row: { not_before: Date | null; not_after: Date | null }, nowMs: number): boolean {
  return isWithin(row.not_before?.getTime() ?? null, row.not_after?.getTime() ?? null, nowMs);
}

function grouped(pairs: readonly (readonly [string, string])[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    const present = groups.get(name);
    if (present === undefined) groups.set(name, [value]);
    else present.push(value);
  }
  return groups;
}
