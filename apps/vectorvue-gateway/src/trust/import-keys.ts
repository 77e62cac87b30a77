import type { Ed25519PublicKey } from '@nyxera/federation-protocol';
import type { DeclaredTrust } from '../config/gateway-config.ts';
import { keyObstacle } from './change-key.ts';
import type { DeclaredOwnKey, ImportRun } from './import-environment.ts';
import { allKeys, insertKey, type KeyRow, sameBytes } from './key-rows.ts';
import { requireKid } from './trust-forms.ts';
import { GATEWAY_OWNER, type KeyPurpose } from './trust-snapshot.ts';

interface Candidate {
  readonly owner: string;
  readonly purpose: KeyPurpose;
  readonly kid: string;
  readonly key: Ed25519PublicKey;
}

/** Which variable declares keys of a purpose, so that a fault can name it. */
const VARIABLES: Readonly<Partial<Record<KeyPurpose, string>>> = {
  telemetry: 'VV_TG_SPECTRASTRIKE_ED25519_PUBKEY',
  evidence: 'VV_FEDERATION_SPECTRASTRIKE_ED25519_PUBKEY',
  feedback: 'VV_TG_FEEDBACK_ED25519_KEYS_JSON',
  audit: 'VV_TG_AUDIT_ED25519_KEY_PATH',
};

/** Declared keys belong to every declared identity (PROTOCOL.md section 15); feedback and audit keys to the gateway. */
export async function importKeys(
  run: ImportRun,
  declared: DeclaredTrust,
  ownKeys: readonly DeclaredOwnKey[],
): Promise<void> {
  const candidates: readonly Candidate[] = [
    ...declared.identities.flatMap(({ identity }) =>
      declared.keys.map(({ purpose, kid, key }) => ({ owner: identity, purpose, kid, key })),
    ),
    ...ownKeys.map(({ purpose, kid, key }) => ({ owner: GATEWAY_OWNER, purpose, kid, key })),
  ];
  if (candidates.length === 0) return;
  const rows = [...(await allKeys(run.tx))];
  for (const candidate of candidates) await importKey(run, rows, candidate);
  warnOfUndeclared(run, rows, candidates);
}

async function importKey(run: ImportRun, rows: KeyRow[], candidate: Candidate): Promise<void> {
  const { owner, purpose, key } = candidate;
  const kid = requireKid(candidate.kid);
  const same = rows.filter((row) => sameBytes(row.public_key, key.raw));
  const ofOwner = rows.filter((row) => row.owner === owner && row.purpose === purpose);
  const present = ofOwner.find((row) => row.kid === kid);
  if (present !== undefined && sameBytes(present.public_key, key.raw)) {
    if (present.state === 'revoked') warnOfRevoked(run, candidate);
    return;
  }
  const obstacle = keyObstacle({ owner, purpose, kid, key }, same, ofOwner);
  // The same key under another name: a deployment that changes a kid. The name is added, in the state of the key.
  const renamed = ofOwner.find((row) => sameBytes(row.public_key, key.raw));
  if (obstacle !== null && !(obstacle.code === 'key_exists' && present === undefined)) {
    if (obstacle.code === 'key_revoked') warnOfRevoked(run, candidate);
    else run.faults.push({ variable: VARIABLES[purpose] ?? purpose, problem: obstacle.detail });
    return;
  }
  const row: KeyRow = {
    owner,
    purpose,
    kid,
    public_key: key.raw,
    domain: renamed?.domain ?? null,
    state: renamed?.state ?? 'active',
    not_before: renamed?.not_before ?? null,
    not_after: renamed?.not_after ?? null,
    source: 'environment',
    reason: null,
    signer_uri: null,
  };
  await insertKey(run.tx, row);
  rows.push(row);
  run.tx.record({ action: `key.import.${purpose}`, subject: owner, kid });
}

function warnOfRevoked(run: ImportRun, { owner, purpose, kid }: Candidate): void {
  run.warnings.push(
    `${purpose} key ${kid} of ${owner} is declared by the environment but was revoked; it stays revoked`,
  );
}

function warnOfUndeclared(run: ImportRun, rows: readonly KeyRow[], candidates: readonly Candidate[]): void {
  const purposes = new Set(candidates.map(({ purpose }) => purpose));
  for (const row of rows) {
    const declared = candidates.some(
      ({ owner, purpose, key }) =>
        owner === row.owner && purpose === row.purpose && sameBytes(row.public_key, key.raw),
    );
    const lives = row.state !== 'revoked';
    if (row.source === 'environment' && lives && purposes.has(row.purpose) && !declared) {
      run.warnings.push(
        `${row.purpose} key ${row.kid} of ${row.owner} is no longer declared by the environment and stays ${row.state} (key revoke)`,
      );
    }
  }
}
