import { type NoteVerifier, openCheckpoint, openNote, parseNote } from '@nyxera/federation-protocol';
import type { Queryable } from '../store/database.ts';
import { READ_CHECKPOINTS, READ_COSIGNATURES_BETWEEN } from '../store/sql/read-log.ts';
import type { AuditFault } from './audit-fault.ts';
import { type LogKey, logVerifiers, witnessVerifier } from './log-keys.ts';
import type { StoredCheckpoint } from './log-reader.ts';

interface CosignatureRow {
  readonly size: number;
  readonly identity: string;
  readonly kid: string;
  readonly line: string;
}

const PAGE = 2_000;

export interface CheckpointChecker {
  /** Size of the next checkpoint that awaits its tree; null: no further one. */
  next(): number | null;
  /** The tree has grown to `next()`: what was signed of it must be this root. null: it is. */
  check(root: Uint8Array): Promise<AuditFault | null>;
  /** What was verified. `last`: size of the largest checkpoint, up to which the log is signed. */
  counts(): { readonly checkpoints: number; readonly cosignatures: number; readonly last: number };
}

/**
 * Walks through the stored checkpoints with the tree, smallest first: each must be signed by a key of the log, under
 * the one name of the log, say what its columns say, and be the root of exactly the entries that are there. With it the
 * cosignatures of its witnesses.
 * @param upTo the largest size that is looked at: what was there when the verification began.
 * @param trusted keys that the caller has from elsewhere; null: those of the keyring.
 */
export async function createCheckpointChecker(
  db: Queryable,
  keys: readonly LogKey[],
  upTo: number,
  trusted: readonly NoteVerifier[] | null,
): Promise<CheckpointChecker> {
  let page: StoredCheckpoint[] = [];
  let cosignatures: CosignatureRow[] = [];
  let origin: string | null = trusted?.[0]?.name ?? null;
  let last = 0;
  let checkpoints = 0;
  let cosigned = 0;

  const load = async (): Promise<void> => {
    const rows = await db.query<StoredCheckpoint>(READ_CHECKPOINTS, [last, PAGE]);
    page = rows.filter(({ size }) => size <= upTo);
    const [first] = page;
    const end = page.at(-1);
    cosignatures =
      first === undefined || end === undefined
        ? []
        : [...(await db.query<CosignatureRow>(READ_COSIGNATURES_BETWEEN, [first.size, end.size]))];
  };
  await load();

  const faultOf = (checkpoint: StoredCheckpoint, root: Uint8Array): Omit<AuditFault, 'place'> | null => {
    // Entries before the checkpoint that was verified last are those that were signed.
    const at = { sequence: last };
    origin ??= checkpoint.origin;
    const opened = openCheckpoint(checkpoint.note, origin, trusted ?? logVerifiers(keys, origin));
    if (!opened.ok) {
      const signature = opened.code === 'note_unsigned' || opened.code === 'note_signature_invalid';
      return { ...at, kind: signature ? 'checkpoint_signature' : 'wrong_checkpoint', detail: opened.detail };
    }
    const { size, root: signed } = opened.value;
    if (size !== checkpoint.size || !same(signed, checkpoint.root) || checkpoint.origin !== origin) {
      return { ...at, kind: 'wrong_checkpoint', detail: 'its columns say something else than its note' };
    }
    if (same(signed, root)) return null;
    const range = `one of the entries ${last} to ${size - 1} is not the one that was signed`;
    return { ...at, kind: 'checkpoint_root', detail: range };
  };

  return {
    next: () => page[0]?.size ?? null,
    check: async (root) => {
      const checkpoint = page.shift();
      if (checkpoint === undefined) return null;
      const place = `checkpoint ${checkpoint.size}`;
      const fault = faultOf(checkpoint, root);
      if (fault !== null) return { ...fault, place };
      while (cosignatures[0]?.size === checkpoint.size) {
        const cosignature = cosignatures.shift();
        if (cosignature !== undefined && !isCosigned(keys, checkpoint, cosignature)) {
          const detail = `the cosignature of ${cosignature.identity} (${cosignature.kid}) does not verify`;
          return { sequence: checkpoint.size - 1, kind: 'wrong_cosignature', place, detail };
        }
        cosigned += 1;
      }
      checkpoints += 1;
      last = checkpoint.size;
      if (page.length === 0) await load();
      return null;
    },
    counts: () => ({ checkpoints, cosignatures: cosigned, last }),
  };
}

function isCosigned(
  keys: readonly LogKey[],
  checkpoint: StoredCheckpoint,
  { identity, kid, line }: CosignatureRow,
): boolean {
  const verifier = witnessVerifier(keys, identity, kid);
  const note = parseNote(checkpoint.note);
  return verifier !== null && note.ok && openNote(`${note.value.text}\n${line}`, [verifier]).ok;
}

function same(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.from(left).equals(right);
}
