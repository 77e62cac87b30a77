import type { DeclaredIdentity } from '../config/gateway-config.ts';
import type { Statement } from '../store/database.ts';
import { type IdentityRow, type PinRow, pin, putIdentity } from './change-identity.ts';
import type { ImportRun } from './import-environment.ts';
import { sameList } from './trust-forms.ts';

const SELECT_IDENTITIES: Statement = {
  name: 'trust-all-identities-v3',
  text: 'SELECT identity, operators, tenants, spiffe_id, state, source FROM service_identities ORDER BY identity',
};
const SELECT_PINS: Statement = {
  name: 'trust-all-pins-v1',
  text: 'SELECT identity, sha256, not_before, not_after, source FROM identity_pins ORDER BY identity, sha256',
};

/** Identities, their limits and pins. What the CLI wrote or ended is left as it is. */
export async function importIdentities(run: ImportRun, declared: readonly DeclaredIdentity[]): Promise<void> {
  if (declared.length === 0) return;
  const identities = new Map(
    (await run.tx.query<IdentityRow>(SELECT_IDENTITIES)).map((row) => [row.identity, row]),
  );
  const pins = await run.tx.query<PinRow>(SELECT_PINS);
  const known = new Map(pins.map((row) => [pinKey(row.identity, row.sha256), row]));
  for (const entry of declared) {
    const present = identities.get(entry.identity);
    if (present?.source !== 'cli') {
      // The environment has no word for it, so it cannot take it back.
      const spiffeId = present?.spiffe_id ?? null;
      await putIdentity(run.tx, entry.identity, { ...entry, spiffeId }, 'environment');
    } else if (!sameList(present.operators, entry.operators) || !sameList(present.tenants, entry.tenants)) {
      run.warnings.push(
        `identity ${entry.identity}: its limits were set by the CLI and differ from the environment; they stay (identity limit)`,
      );
    }
    if (present?.state === 'suspended') {
      run.warnings.push(
        `identity ${entry.identity} is declared by the environment but suspended; it stays so (identity resume)`,
      );
    }
    for (const sha256 of entry.pins) {
      const row = known.get(pinKey(entry.identity, sha256));
      if (row === undefined) {
        await pin(run.tx, { identity: entry.identity, sha256 }, 'environment');
      } else if (row.not_after !== null && row.not_after.getTime() <= run.tx.author.nowMs) {
        run.warnings.push(
          `identity ${entry.identity}: pin ${sha256} is declared by the environment but has ended; it stays ended (identity pin)`,
        );
      }
    }
  }
  warnOfUndeclared(run, declared, identities, pins);
}

function warnOfUndeclared(
  run: ImportRun,
  declared: readonly DeclaredIdentity[],
  identities: ReadonlyMap<string, IdentityRow>,
  pins: readonly PinRow[],
): void {
  const names = new Set(declared.map((entry) => entry.identity));
  const kept = new Set(
    declared.flatMap((entry) => entry.pins.map((sha256) => pinKey(entry.identity, sha256))),
  );
  for (const row of identities.values()) {
    if (row.source === 'environment' && !names.has(row.identity)) {
      run.warnings.push(
        `identity ${row.identity} is no longer declared by the environment and stays (identity unpin)`,
      );
    }
  }
  for (const row of pins) {
    const ended = row.not_after !== null && row.not_after.getTime() <= run.tx.author.nowMs;
    if (row.source === 'environment' && !ended && !kept.has(pinKey(row.identity, row.sha256))) {
      run.warnings.push(
        `identity ${row.identity}: pin ${row.sha256} is no longer declared by the environment and stays (identity unpin)`,
      );
    }
  }
}

/** A hash holds no space, so the pair is unambiguous. */
function pinKey(identity: string, sha256: string): string {
  return `${sha256} ${identity}`;
}
