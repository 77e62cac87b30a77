import {
  formatVerifierKey,
  isKeyName,
  NOTE_COSIGNATURE_V1,
  NOTE_ED25519,
  noteKeyId,
  parseNote,
  proveConsistencyFromTiles,
} from '@nyxera/federation-protocol';
import type { CheckpointFile, ProofFile } from '@nyxera/federation-protocol/audit-proof';
import type { Queryable } from '../store/database.ts';
import { LAST_CHECKPOINT } from '../store/sql/integrate-audit.ts';
import { READ_COSIGNATURES, READ_EVIDENCE } from '../store/sql/read-log.ts';
import { type LogKey, readLogKeys } from './log-keys.ts';
import { createLogReader, type StoredCheckpoint, tilesOf, withCosignatures } from './log-reader.ts';

/**
 * Why there is no proof (yet).
 * - `no_checkpoint`: nothing has been signed over the log; `unknown_request`: it has no entry of that request;
 * - `pruned`: the text of its entries is gone (retention), so there is nothing left to be shown of it;
 * - `not_integrated`: the newest checkpoint does not reach it, which takes a second; `no_key`: the key that signed the
 *   checkpoint is not in the keyring; `no_older_tree`: there is no tree of that size to continue.
 * - `tree_forked`: the stored tree gives no proof. `audit verify` says where it is wrong.
 */
export interface NoProof {
  readonly ok: false;
  readonly code:
    | 'no_checkpoint'
    | 'unknown_request'
    | 'pruned'
    | 'not_integrated'
    | 'no_key'
    | 'no_older_tree'
    | 'tree_forked';
  readonly detail: string;
}

interface EvidenceRow {
  readonly endpoint: string;
  readonly identity: string;
  readonly peer_sha256: string;
  readonly kid: string;
  readonly public_key: Uint8Array;
  readonly signature: Uint8Array;
  readonly header_timestamp: number;
  readonly nonce: string;
  readonly body: Uint8Array;
}

/**
 * Everything that proves the entries of one request, as one file.
 * @param size of the checkpoint under which it is proven; null: the newest.
 */
export async function makeProof(
  db: Queryable,
  requestId: string,
  size: number | null = null,
): Promise<{ readonly ok: true; readonly file: ProofFile } | NoProof> {
  const { checkpoint, note, entries } = await createLogReader(db).prove(requestId, null, size ?? undefined);
  if (checkpoint === null || note === null) return noCheckpoint();
  if (entries.length === 0) return no('unknown_request', 'the log has no entry of that request');
  const keys = await readLogKeys(db);
  const key = keyOf(keys, checkpoint);
  if (key === null) return no('no_key', 'the key that signed the checkpoint is not in the keyring');
  const proven: ProofFile['entries'] = [];
  const kept = entries.filter(({ prunedBy }) => prunedBy === null);
  if (kept.length === 0) {
    const by = entries[0]?.prunedBy ?? '';
    return no('pruned', `the text of its entries was pruned (request ${by}); their leaf hashes stand`);
  }
  for (const { sequence, entry, disclosure, proof } of kept) {
    if (proof === null) {
      return no('not_integrated', `entry ${sequence} is not below a checkpoint yet; that takes a second`);
    }
    proven.push({ sequence, entry, disclosure, proof: proof.map(base64) });
  }
  const file: ProofFile = {
    kind: 'nyxera.audit-proof',
    v: 1,
    log: checkpoint.origin,
    key,
    checkpoint: note,
    witnesses: await witnessesOf(db, keys, checkpoint),
    request_id: requestId,
    entries: proven,
    evidence: await evidenceOf(db, entries[0]?.tenantId ?? null, requestId),
  };
  return { ok: true, file };
}

/** The newest checkpoint, and with `from` the proof that it continues the tree of that size. */
export async function makeCheckpointFile(
  db: Queryable,
  from: number | null,
): Promise<{ readonly ok: true; readonly file: CheckpointFile; readonly size: number } | NoProof> {
  const [checkpoint] = await db.query<StoredCheckpoint>(LAST_CHECKPOINT);
  if (checkpoint === undefined) return noCheckpoint();
  const key = keyOf(await readLogKeys(db), checkpoint);
  if (key === null) return no('no_key', 'the key that signed the checkpoint is not in the keyring');
  const { size } = checkpoint;
  let consistency: CheckpointFile['consistency'] = null;
  if (from !== null) {
    if (from < 1 || from > size) return no('no_older_tree', `the log is signed up to ${size} entries`);
    const proof = await proveConsistencyFromTiles(tilesOf(db, size), from, size);
    if (!proof.ok) return no('tree_forked', proof.detail);
    consistency = { from, proof: proof.value.map(base64) };
  }
  const file: CheckpointFile = {
    kind: 'nyxera.audit-checkpoint',
    v: 1,
    log: checkpoint.origin,
    key,
    checkpoint: await withCosignatures(db, checkpoint),
    consistency,
  };
  return { ok: true, file, size };
}

/** The verifier key whose signature is in the note. */
function keyOf(keys: readonly LogKey[], { origin, note }: StoredCheckpoint): string | null {
  const parsed = parseNote(note);
  if (!parsed.ok || !isKeyName(origin)) return null;
  const ids = new Set(parsed.value.signatures.map(({ keyId }) => keyId));
  const found = keys.find(
    ({ purpose, key }) => purpose === 'audit' && ids.has(noteKeyId(origin, NOTE_ED25519, key)),
  );
  return found === undefined ? null : formatVerifierKey({ name: origin, type: NOTE_ED25519, key: found.key });
}

async function witnessesOf(
  db: Queryable,
  keys: readonly LogKey[],
  { size }: StoredCheckpoint,
): Promise<string[]> {
  const rows = await db.query<{ identity: string; kid: string }>(READ_COSIGNATURES, [size]);
  return rows.flatMap(({ identity, kid }) => {
    const found = keys.find((key) => key.purpose === 'witness' && key.owner === identity && key.kid === kid);
    if (found === undefined || !isKeyName(identity)) return [];
    return [formatVerifierKey({ name: identity, type: NOTE_COSIGNATURE_V1, key: found.key })];
  });
}

/** Without a tenant nothing was accepted, so there is none. */
async function evidenceOf(
  db: Queryable,
  tenantId: string | null,
  requestId: string,
): Promise<ProofFile['evidence']> {
  if (tenantId === null) return null;
  const [row] = await db.query<EvidenceRow>(READ_EVIDENCE, [tenantId, requestId]);
  if (row === undefined) return null;
  return {
    endpoint: row.endpoint,
    identity: row.identity,
    peer_sha256: row.peer_sha256,
    kid: row.kid,
    public_key: base64(row.public_key),
    signature: base64(row.signature),
    timestamp: row.header_timestamp,
    nonce: row.nonce,
    body: base64(row.body),
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function noCheckpoint(): NoProof {
  return no(
    'no_checkpoint',
    'nothing has been signed over the log; serve does it where an audit key is configured',
  );
}

function no(code: NoProof['code'], detail: string): NoProof {
  return { ok: false, code, detail };
}
