import { NOTE_ED25519, type NoteVerifier, noteVerifier, parseVerifierKey } from '@nyxera/federation-protocol';
import type { Settings } from './settings.ts';

/** The gateway's audit log as this agent trusts it (PROTOCOL.md section 19). */
export interface TrustedLog {
  /** The log's name, which is also the name of its keys. */
  readonly origin: string;
  readonly verifiers: readonly NoteVerifier[];
  /** C2SP verifier keys as they were configured, for evidence that others can check. */
  readonly verifierKeys: readonly string[];
}

export interface AuditLogConfig {
  /** null: no log is trusted, so none can be witnessed. */
  readonly log: TrustedLog | null;
  /** Feedback only from a gateway whose log was witnessed at the same contact. Default false. */
  readonly auditRequired: boolean;
  /** A path or signer URI of the key with purpose `witness`; null: checkpoints are verified and not cosigned. */
  readonly witnessKeyUri: string | null;
}

export const AUDIT_LOG_KEY = 'VECTORVUE_AUDIT_LOG_KEY';
const REQUIRED = 'VECTORVUE_AUDIT_REQUIRED';
/** More keys of one log than a rotation could need. */
const MAX_KEYS = 8;

/** Of several verifier keys, separated by blanks (a key's name holds none), all must be of one log. */
export function readTrustedLog(settings: Settings): TrustedLog | null {
  const setting = settings.find(AUDIT_LOG_KEY);
  if (setting === null) return null;
  const read = parseLogKeys(setting.value.split(/\s+/));
  return read.ok ? read.log : settings.fault(AUDIT_LOG_KEY, read.problem, 'key_invalid');
}

export function readAuditRequired(settings: Settings, log: TrustedLog | null): boolean {
  const required = settings.boolean(REQUIRED, false);
  // A log that nobody trusts can never be witnessed: said at start and not at the first feedback that is refused.
  if (required && log === null && settings.find(AUDIT_LOG_KEY) === null) {
    settings.fault(
      AUDIT_LOG_KEY,
      `is not set, and ${REQUIRED} is: without the log's key nothing can be witnessed`,
    );
  }
  return required;
}

/** What a peer file and the environment have in common. `problem` never quotes the text. */
export function parseLogKeys(
  texts: readonly string[],
): { readonly ok: true; readonly log: TrustedLog } | { readonly ok: false; readonly problem: string } {
  if (texts.length === 0 || texts.length > MAX_KEYS) return no(`is not 1 to ${MAX_KEYS} verifier keys`);
  const verifiers: NoteVerifier[] = [];
  for (const text of texts) {
    const parsed = parseVerifierKey(text);
    if (!parsed.ok) return no(`is not a C2SP verifier key <name>+<id>+<key>: ${parsed.detail}`);
    // A witness's key says something else about a checkpoint than the log's: it must not stand in for it.
    if (parsed.value.type !== NOTE_ED25519) return no('is the key of a witness, not of a log');
    verifiers.push(noteVerifier(parsed.value.name, parsed.value.key));
  }
  const [first] = verifiers;
  if (first === undefined || verifiers.some(({ name }) => name !== first.name)) {
    return no('holds keys of different logs');
  }
  return { ok: true, log: { origin: first.name, verifiers, verifierKeys: [...texts] } };
}

function no(problem: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem };
}
