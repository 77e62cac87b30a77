import type { SqlValue } from '../store/database.ts';
import { COMMIT_PARAMETERS, type CommitParameter } from '../store/migrations/commit-parameters.ts';
import { binaryArray, type Element, type ElementType } from './binary-array.ts';

/** Parameters that are not arrays; they are added when the columns are closed. */
type Whole = 'nonce_ttl' | 'nonce_limit' | 'rate_per_minute' | 'r_vouch' | 'r_bodies' | 'i_content';

export type FlushColumn = Exclude<CommitParameter, Whole>;

const WHOLE: ReadonlySet<CommitParameter> = new Set([
  'nonce_ttl',
  'nonce_limit',
  'rate_per_minute',
  'r_vouch',
  'r_bodies',
  'i_content',
]);

const COLUMNS = COMMIT_PARAMETERS.map(([name]) => name).filter((name) => !WHOLE.has(name)) as FlushColumn[];

export type FlushColumns = { readonly [C in FlushColumn]: Element[] };

/** A flush turned on its side: one array per column, and the bytes of all requests end to end. */
export interface Flush {
  readonly columns: FlushColumns;
  /** 128 bytes a request: public key, signature, SHA-256 of the body; zeros where there is none. */
  readonly vouch: Uint8Array[];
  readonly bodies: Uint8Array[];
  bodyBytes: number;
  /** 32 bytes an item. */
  readonly content: Uint8Array[];
}

export interface CommitLimits {
  /** Seconds a nonce is kept beyond the later of its timestamp and the database's clock (PROTOCOL.md section 4). */
  readonly nonceTtlSeconds: number;
  /** Living nonces that one identity may have; beyond it 429. */
  readonly nonceLimitPerIdentity: number;
  /** Tokens per minute and size of an operator's bucket; 0: no limit. */
  readonly rateLimitPerMinute: number;
}

export function emptyFlush(): Flush {
  const columns = Object.fromEntries(COLUMNS.map((name) => [name, []])) as unknown as FlushColumns;
  return { columns, vouch: [], bodies: [], bodyBytes: 0, content: [] };
}

export function flushParameters(flush: Flush, limits: CommitLimits): readonly SqlValue[] {
  const whole: { readonly [W in Whole]: SqlValue } = {
    nonce_ttl: limits.nonceTtlSeconds,
    nonce_limit: limits.nonceLimitPerIdentity,
    rate_per_minute: limits.rateLimitPerMinute,
    r_vouch: Buffer.concat(flush.vouch),
    r_bodies: Buffer.concat(flush.bodies),
    i_content: Buffer.concat(flush.content),
  };
  return COMMIT_PARAMETERS.map(([name, type]) =>
    WHOLE.has(name)
      ? whole[name as Whole]
      : binaryArray(type.slice(0, -'[]'.length) as ElementType, flush.columns[name as FlushColumn]),
  );
}
