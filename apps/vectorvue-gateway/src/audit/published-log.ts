import { formatVerifierKey, NOTE_ED25519 } from '@nyxera/federation-protocol';
import type { Queryable } from '../store/database.ts';
import { LAST_CHECKPOINT } from '../store/sql/integrate-audit.ts';
import { readLogKeys } from './log-keys.ts';
import type { StoredCheckpoint } from './log-reader.ts';

/** What a peer needs to verify new checkpoints of this log. */
export interface PublishedLog {
  readonly origin: string;
  /** C2SP verifier keys, the active and the retiring ones: nothing new is signed by others. */
  readonly verifierKeys: readonly string[];
}

/** null: nothing has been signed yet, so the log has no name, or no key that may be handed on. */
export async function readPublishedLog(db: Queryable): Promise<PublishedLog | null> {
  const [checkpoint] = await db.query<StoredCheckpoint>(LAST_CHECKPOINT);
  if (checkpoint === undefined) return null;
  const { origin } = checkpoint;
  const verifierKeys = (await readLogKeys(db))
    .filter(({ purpose, state }) => purpose === 'audit' && (state === 'active' || state === 'retiring'))
    .map(({ key }) => formatVerifierKey({ name: origin, type: NOTE_ED25519, key }));
  return verifierKeys.length === 0 ? null : { origin, verifierKeys };
}
