import type { Signer } from '@nyxera/federation-key-custody';
import type { Result } from '@nyxera/federation-protocol';
import type { Logger } from '../logging.ts';
import { GATEWAY_OWNER, type TrustedKey, type TrustSnapshot } from '../trust/trust-snapshot.ts';

/** What signs an answer, and the kid under which peers know it. */
export interface FeedbackSigner {
  readonly kid: string;
  readonly signer: Signer;
}

/**
 * What this process can sign feedback with (PROTOCOL.md sections 8 and 15). Which key that is, the store decides,
 * anew for every answer; so a key that is generated, activated, retired or revoked takes effect with the trust that
 * says so, in every process, without a restart.
 */
export interface FeedbackSigning extends AsyncDisposable {
  /**
   * Lets `work` sign for a tenant (lower case): with its own newest active key where it has one, else the general one;
   * the key stays open meanwhile, whatever becomes of it. `work` gets null where there is none, or it cannot be opened.
   * The own key of a tenant has no stand-in: what the tenant's agents verify with is theirs to say.
   */
  forTenant<Value>(
    tenantId: string,
    trust: TrustSnapshot,
    nowMs: number,
    work: (active: FeedbackSigner | null) => Promise<Value>,
  ): Promise<Value>;
  /** Why queries of tenants without a key of their own are answered 503; null: they are not, or none is expected. */
  complaint(trust: TrustSnapshot, nowMs: number): Promise<string | null>;
  /** Opens what the trust names and closes what it no longer names. Never rejects. */
  follow(trust: TrustSnapshot, nowMs: number): Promise<void>;
}

export interface FeedbackSigningParts {
  /** The one that the environment names; closed by whoever opened it. null: it names none. */
  readonly configured: FeedbackSigner | null;
  readonly open: (uri: string) => Promise<Result<Signer>>;
  readonly logger: Pick<Logger, 'info' | 'error'>;
}

/** How long an URI that could not be opened is left alone. Milliseconds. */
const RETRY_AFTER_MS = 5000;

export function createFeedbackSigning(parts: FeedbackSigningParts): FeedbackSigning {
  const { configured } = parts;
  const opened = new OpenSigners(parts);

  const signing = (trust: TrustSnapshot, nowMs: number): readonly TrustedKey[] =>
    trust
      .verifyKeys(GATEWAY_OWNER, 'feedback', nowMs)
      .filter((key) => key.state === 'active' && (key.signerUri !== null || key.kid === configured?.kid));

  const using = async <Value>(
    key: TrustedKey | null,
    nowMs: number,
    work: (active: FeedbackSigner | null) => Promise<Value>,
  ): Promise<Value> => {
    if (key === null) return work(null);
    const { kid } = key;
    // What the environment names is tried first: it may know another way to the same key.
    if (configured !== null && configured.kid === kid) {
      return work((await configured.signer.publicKey()).kid === key.key.kid ? configured : null);
    }
    return opened.using(key, nowMs, (signer) => work(signer === null ? null : { kid, signer }));
  };

  return {
    forTenant: (tenantId, trust, nowMs, work) => {
      const keys = signing(trust, nowMs);
      const own = keys.filter((key) => key.domain?.has(tenantId) === true);
      return using(own.at(-1) ?? generalKey(keys, configured), nowMs, work);
    },
    complaint: async (trust, nowMs) => {
      const key = generalKey(signing(trust, nowMs), configured);
      // Only keys of tenants: then nothing is missed, and each query finds out for its own.
      if (key === null && configured === null) return null;
      if (key === null) return 'keys: the feedback key is not active in the store';
      const healthy = await using(key, nowMs, async (active) => (await active?.signer.health())?.ok === true);
      return healthy ? null : 'keys: the feedback key cannot sign';
    },
    follow: async (trust, nowMs) => {
      const keys = signing(trust, nowMs);
      const done = await Promise.allSettled([
        opened.keepOnly(new Set(keys.map((key) => key.signerUri))),
        ...keys.map((key) => using(key, nowMs, async () => undefined)),
      ]);
      if (done.some(({ status }) => status === 'rejected')) parts.logger.error('feedback.follow_failed');
    },
    [Symbol.asyncDispose]: () => opened.keepOnly(new Set()),
  };
}

interface Slot {
  readonly signer: Promise<Signer | null>;
  readonly atMs: number;
  users: number;
  /** Trust no longer names it: the last user closes it. */
  left: boolean;
}

/**
 * Signers by URI. One that trust no longer names is closed when nobody uses it any more: a query that was judged by
 * the trust before signs with it to its end, and its commit then refuses it.
 */
class OpenSigners {
  readonly #parts: FeedbackSigningParts;
  readonly #slots = new Map<string, Slot>();

  constructor(parts: FeedbackSigningParts) {
    this.#parts = parts;
  }

  async using<Value>(
    key: TrustedKey,
    nowMs: number,
    work: (signer: Signer | null) => Promise<Value>,
  ): Promise<Value> {
    const uri = key.signerUri;
    if (uri === null) return work(null);
    const slot = await this.#slot(key, uri, nowMs);
    slot.users += 1;
    try {
      return await work(await slot.signer);
    } finally {
      slot.users -= 1;
      if (slot.left) await this.#close(slot);
    }
  }

  async keepOnly(uris: ReadonlySet<string | null>): Promise<void> {
    for (const [uri, slot] of this.#slots) {
      if (uris.has(uri)) continue;
      this.#slots.delete(uri);
      slot.left = true;
      await this.#close(slot);
    }
  }

  async #slot(key: TrustedKey, uri: string, nowMs: number): Promise<Slot> {
    const present = this.#slots.get(uri);
    const isOld = present !== undefined && Math.abs(nowMs - present.atMs) > RETRY_AFTER_MS;
    if (present !== undefined && !(isOld && (await present.signer) === null)) return present;
    // Another query may have tried again while this one looked.
    const now = this.#slots.get(uri);
    if (now !== undefined && now !== present) return now;
    const slot: Slot = { signer: openFor(this.#parts, key, uri), atMs: nowMs, users: 0, left: false };
    this.#slots.set(uri, slot);
    return slot;
  }

  async #close(slot: Slot): Promise<void> {
    if (slot.users > 0) return;
    const signer = await slot.signer;
    await signer?.close().catch(() => this.#parts.logger.error('feedback.signer_close_failed'));
  }
}

/** The configured one while the store lets it sign; else the newest that is confined to no tenant. */
function generalKey(keys: readonly TrustedKey[], configured: FeedbackSigner | null): TrustedKey | null {
  const general = keys.filter((key) => key.domain === null);
  return general.find((key) => key.kid === configured?.kid) ?? general.at(-1) ?? null;
}

/** null, and a line in the log, where it cannot be opened or holds another key than the store says. Never rejects. */
async function openFor(parts: FeedbackSigningParts, key: TrustedKey, uri: string): Promise<Signer | null> {
  const { logger } = parts;
  try {
    const result = await parts.open(uri);
    if (!result.ok) {
      // The detail names a file or a scheme, never a PIN or a token (key-custody).
      logger.error('feedback.signer_refused', { kid: key.kid, code: result.code, detail: result.detail });
      return null;
    }
    const signer = result.value;
    // The kid says which key peers will verify with; signing with another one would only look like an attack.
    if ((await signer.publicKey()).kid !== key.key.kid) {
      await signer.close();
      logger.error('feedback.signer_refused', { kid: key.kid, code: 'key_invalid', detail: 'another key' });
      return null;
    }
    logger.info('feedback.signer_opened', { kid: key.kid });
    return signer;
  } catch (fault) {
    const name = fault instanceof Error ? fault.name : 'unknown';
    logger.error('feedback.signer_refused', { kid: key.kid, code: 'key_invalid', detail: name });
    return null;
  }
}
