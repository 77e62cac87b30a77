import { canonicalizeCompat, type JsonValue, type Tile, tilePath } from '@nyxera/federation-protocol';
import type { DeliveryClock } from '../deliver/types.ts';
import type { ClientOutcome, FailedOutcome } from '../gateway-client/outcome.ts';
import type { SendSigned } from '../prepare-envelope.ts';
import type { GetOutcome, GetSigned } from '../prepare-get.ts';

const PREFIX = '/internal/v1/audit';
/** What `openNote` takes in characters, of at most three bytes. */
const MAX_NOTE_BYTES = 3 * 1_048_576;
const MAX_TILE_BYTES = 256 * 32;
/** 256 entries of 65,535 bytes, and their lengths. */
const MAX_BUNDLE_BYTES = 256 * 65_537;
/** A receipt holds the entries of one batch with their proofs. */
const MAX_RECEIPT_BYTES = 16 * 1024 * 1024;
/** A gateway that is busy is asked again, so often and no longer than so many milliseconds apart. */
const BUSY_TRIES = 4;
const BUSY_WAIT_MS = 10_000;
const MINIMUM_WAIT_MS = 250;

/** `absent`: the gateway says that there is no such thing, as one without a log does to all of it. */
export type Fetched<V> =
  | { readonly ok: true; readonly value: V }
  | { readonly ok: false; readonly absent: boolean; readonly code: string; readonly detail: string };

/** The gateway's audit log on the federation port (PROTOCOL.md section 19). Nothing that it answers is verified here. */
export interface AuditClient {
  /** The newest checkpoint's note. */
  checkpoint(): Promise<Fetched<string>>;
  tile(tile: Tile): Promise<Fetched<Uint8Array>>;
  /** Entries and proofs of one request of ours. */
  receipt(requestId: string): Promise<Fetched<JsonValue>>;
  /** Hands in a cosignature line, without its newline, of the checkpoint of that size. */
  cosign(size: number, cosignature: string): Promise<Fetched<null>>;
}

export interface AuditClientParts {
  readonly getSigned: GetSigned;
  readonly sendSigned: SendSigned;
  readonly clock: DeliveryClock;
  readonly signal: AbortSignal;
}

export function createAuditClient({ getSigned, sendSigned, clock, signal }: AuditClientParts): AuditClient {
  const get = async (path: string, maxBytes: number): Promise<Fetched<Uint8Array>> => {
    for (let tries = 1; ; tries += 1) {
      const outcome = await getSigned(`${PREFIX}/${path}`, maxBytes);
      const waitMs = tries < BUSY_TRIES ? busyFor(outcome) : null;
      if (waitMs === null || signal.aborted) return bytesOf(outcome);
      await clock.wait(waitMs, signal);
    }
  };
  return {
    checkpoint: async () => {
      const fetched = await get('checkpoint', MAX_NOTE_BYTES);
      return fetched.ok ? textOf(fetched.value) : fetched;
    },
    tile: (tile) => get(tilePath(tile), tile.level === 'entries' ? MAX_BUNDLE_BYTES : MAX_TILE_BYTES),
    receipt: async (requestId) => {
      const outcome = await getSigned(`${PREFIX}/receipt/${requestId}`, MAX_RECEIPT_BYTES);
      if (outcome.kind !== 'answer' || outcome.status !== 200) return notFetched(outcome);
      return outcome.body === null
        ? failed('receipt_malformed', 'the receipt is no strict JSON')
        : { ok: true, value: outcome.body };
    },
    cosign: async (size, cosignature) => {
      const sent = await sendSigned(`${PREFIX}/cosignature`, (timestamp, nonce) =>
        canonicalizeCompat({ cosignature, nonce, size, timestamp }),
      );
      if (!('nonce' in sent)) return notFetched({ kind: 'unsigned' });
      const { outcome } = sent;
      return outcome.kind === 'answer' && outcome.status === 200
        ? { ok: true, value: null }
        : notFetched(outcome);
    },
  };
}

/** Milliseconds to wait before the same is asked again; null: waiting will not help, or takes too long. */
function busyFor(outcome: GetOutcome): number | null {
  if (outcome.kind !== 'answer' || (outcome.status !== 429 && outcome.status !== 503)) return null;
  const waitMs = Math.max(outcome.retryAfterMs ?? MINIMUM_WAIT_MS, MINIMUM_WAIT_MS);
  return waitMs <= BUSY_WAIT_MS ? waitMs : null;
}

function bytesOf(outcome: GetOutcome): Fetched<Uint8Array> {
  if (outcome.kind !== 'answer' || outcome.status !== 200) return notFetched(outcome);
  return outcome.bytes === null
    ? failed('answer_too_large', 'the answer is larger than anything of its kind')
    : { ok: true, value: outcome.bytes };
}

function notFetched(outcome: GetOutcome | ClientOutcome): Fetched<never> {
  if (outcome.kind === 'unsigned') return failed('key_unavailable', 'the signing key could not be used');
  if (outcome.kind !== 'answer') return unreachable(outcome);
  const code = outcome.code ?? String(outcome.status);
  // Deployed gateways know none of these paths, and some know only POST.
  const absent = outcome.status === 404 || outcome.status === 405;
  return { ok: false, absent, code, detail: `the gateway answered ${outcome.status}` };
}

function unreachable(outcome: FailedOutcome): Fetched<never> {
  return outcome.kind === 'untrusted'
    ? failed(outcome.code, outcome.detail)
    : failed(outcome.reason, 'the gateway could not be reached');
}

function textOf(bytes: Uint8Array): Fetched<string> {
  try {
    return { ok: true, value: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return failed('note_malformed', 'the checkpoint is not UTF-8 text');
  }
}

function failed(code: string, detail: string): Fetched<never> {
  return { ok: false, absent: false, code, detail };
}
