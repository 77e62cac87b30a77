import { formatNote, openCheckpoint, type SignedCheckpoint } from '@nyxera/federation-protocol';
import type { TrustedLog } from '../config.ts';
import { appendSecurityEntry } from '../security-log.ts';
import type { State } from '../state/open-state.ts';
import type { AuditClient } from './audit-client.ts';
import { insertFork, standingFork } from './fork-store.ts';
import { type Judgement, judgeContinuation } from './judge-continuation.ts';
import { refuseLog } from './refuse-log.ts';
import { createTreeReader } from './tree-reader.ts';
import type { WitnessOutcome } from './witness-outcome.ts';
import { type RememberedLog, remember } from './witness-store.ts';

export interface TakeParts {
  readonly state: State;
  readonly client: Pick<AuditClient, 'tile'>;
  readonly gateway: string;
  readonly log: TrustedLog;
  /** Unix milliseconds. */
  readonly now: () => number;
}

export type Taken =
  | { readonly kind: 'taken'; readonly checkpoint: SignedCheckpoint; readonly previousSize: number | null }
  /** Another process of this agent remembered a checkpoint in between: ask again and compare with that one. */
  | { readonly kind: 'overtaken' }
  | Extract<WitnessOutcome, { kind: 'refused' | 'forked' }>;

/**
 * open -> compare with what is remembered -> remember. Nothing else makes the agent's memory of a log grow.
 * @param before what was remembered before the note was asked for: a smaller tree than that is a step back of the log
 * and not an answer that came late.
 */
export async function takeCheckpoint(
  parts: TakeParts,
  before: RememberedLog | null,
  note: string,
): Promise<Taken> {
  const { log } = parts;
  const opened = openCheckpoint(note, log.origin, log.verifiers);
  if (!opened.ok) return refuseLog(parts, opened.code, opened.detail);
  const checkpoint = opened.value;
  const signed = notedByLog(checkpoint);
  if (before !== null) {
    const read = createTreeReader(parts.client, checkpoint.size);
    const judgement = await judgeContinuation(read, before, checkpoint);
    if (judgement.kind === 'unproven') {
      const { code, detail, suspicious } = judgement;
      return suspicious ? refuseLog(parts, code, detail) : { kind: 'refused', code, detail };
    }
    if (judgement.kind === 'forked') return convict(parts, before, signed, judgement);
  }
  const { origin } = log;
  const { state, gateway } = parts;
  const { size, root } = checkpoint;
  const done = state.transaction(
    () =>
      standingFork(state.db, gateway, origin) === null &&
      remember(state.db, before, { origin, gateway, size, root, note: signed }, parts.now()),
  );
  return done ? { kind: 'taken', checkpoint, previousSize: before?.size ?? null } : { kind: 'overtaken' };
}

/** The note with the log's own signatures only: what witnesses add may be a megabyte, and proves nothing here. */
function notedByLog({ note }: SignedCheckpoint): string {
  const ours = note.signatures.filter((signature) =>
    note.verifiedBy.some(({ name, keyId }) => name === signature.name && keyId === signature.keyId),
  );
  return formatNote(note.text, ours);
}

/** Evidence, flag and security event in one transaction: from here on no feedback of this gateway is applied. */
function convict(
  parts: TakeParts,
  before: RememberedLog,
  offeredNote: string,
  judgement: Extract<Judgement, { kind: 'forked' }>,
): Taken {
  const { state, gateway, log } = parts;
  const { origin, verifierKeys: logKeys } = log;
  const { code, detail, proof } = judgement;
  state.transaction(() => {
    // Several processes may find it at once; one piece of evidence is enough.
    if (standingFork(state.db, gateway, origin) !== null) return;
    const detectedAtMs = parts.now();
    const rememberedNote = before.note;
    insertFork(state.db, {
      origin,
      gateway,
      code,
      detail,
      rememberedNote,
      offeredNote,
      proof,
      logKeys,
      detectedAtMs,
    });
    appendSecurityEntry(state.db, {
      atMs: detectedAtMs,
      class: 'audit',
      code: 'audit_fork_detected',
      detail: `${code}: ${detail}`,
      tenantId: null,
      ref: gateway,
    });
  });
  return { kind: 'forked', code: 'audit_fork_detected', detail: `${code}: ${detail}` };
}
