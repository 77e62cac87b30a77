import type { OutgoingRecord } from './entry.ts';

/** Why something could not be delivered. The words of metrics, `forward status` and alerts. */
export type ForwardErrorCode =
  /** No connection: refused, unreachable, name unknown. */
  | 'connection_failed'
  /** The connection ended before the receiver could be known to have everything. */
  | 'connection_cut'
  /** The certificate of the receiver is not the one it should have, or the receiver wants another one of us. */
  | 'certificate_refused'
  | 'timeout'
  /** The receiver answered, and not with success; `detail` has its status. */
  | 'refused'
  | 'file_failed'
  /** An entry that the log counts is not there (`audit verify`). */
  | 'audit_gap'
  /** The cursor is behind the end of the log: the database was restored to an older state. */
  | 'cursor_beyond_log'
  | 'store_failed'
  | 'internal';

export interface SendFailure {
  readonly ok: false;
  readonly code: ForwardErrorCode;
  /** For the operator; never anything that the receiver sent, except a status. */
  readonly detail: string;
  /** Milliseconds that the receiver asked to be left alone for. */
  readonly retryAfterMs?: number;
}

export type SendResult = { readonly ok: true } | SendFailure;

export const SENT: SendResult = { ok: true };

export function failed(code: ForwardErrorCode, detail: string, retryAfterMs?: number): SendFailure {
  return { ok: false, code, detail, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/**
 * The way to one receiver. Order: records are handed on in the order given. Durability: what was sent counts as
 * delivered when `send` has succeeded, or, where `confirms` is set, when a later `confirm` has. After any failure the
 * caller begins again at what was last delivered so, after `reset`; the receiver then sees some records twice, with
 * the same ids. One call at a time.
 */
export interface Sender {
  /**
   * null: a successful `send` is the receiver's own word. Else the receiver says nothing by itself (syslog): how long
   * and how much may be on its way before `confirm` is called.
   */
  readonly confirms: { readonly afterMs: number; readonly afterBytes: number } | null;
  /** Bytes handed on since the last `confirm` or `reset`. */
  unconfirmedBytes(): number;
  send(records: readonly OutgoingRecord[]): Promise<SendResult>;
  confirm(): Promise<SendResult>;
  /** Gives up whatever is on its way. */
  reset(): void;
  close(): Promise<void>;
}
