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
   * For a tenant (lower case): its own newest active key where it has one, else the general one. null: there is
   * none, or it cannot be opened. The own key of a tenant has no stand-in: what the tenant's agents verify with is
   * theirs to say.
   */
  forTenant(tenantId: string, trust: TrustSnapshot, nowMs: number): Promise<FeedbackSigner | null>;
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
  const { configured, logger } = parts;
  const opened = new Map<string, { readonly signer: Promise<Signer | null>; readonly atMs: number }>();

  const openSlot = (key: TrustedKey, uri: string, nowMs: number): Promise<Signer | null> => {
    const slot = opened.get(uri);
    if (slot !== undefined) return slot.signer;
    const signer = openFor(parts, key, uri);
    opened.set(uri, { signer, atMs: nowMs });
    return signer;
  };

  const signerOf = async (key: TrustedKey, nowMs: number): Promise<Signer | null> => {
    // What the environment names is tried first: it may know another way to the same key.
    if (configured !== null && configured.kid === key.kid) {
      return (await configured.signer.publicKey()).kid === key.key.kid ? configured.signer : null;
    }
    if (key.signerUri === null) return null;
    const signer = await openSlot(key, key.signerUri, nowMs);
    if (signer === null && Math.abs(nowMs - (opened.get(key.signerUri)?.atMs ?? nowMs)) > RETRY_AFTER_MS) {
      opened.delete(key.signerUri);
      return openSlot(key, key.signerUri, nowMs);
    }
    return signer;
  };

  const signing = (trust: TrustSnapshot, nowMs: number): readonly TrustedKey[] =>
    trust
      .verifyKeys(GATEWAY_OWNER, 'feedback', nowMs)
      .filter((key) => key.state === 'active' && (key.signerUri !== null || key.kid === configured?.kid));

  return {
    forTenant: async (tenantId, trust, nowMs) => {
      const keys = signing(trust, nowMs);
      const own = keys.filter((key) => key.domain?.has(tenantId) === true);
      const key = own.at(-1) ?? generalKey(keys, configured);
      const signer = key === null ? null : await signerOf(key, nowMs);
      return key === null || signer === null ? null : { kid: key.kid, signer };
    },
    complaint: async (trust, nowMs) => {
      const keys = signing(trust, nowMs);
      const key = generalKey(keys, configured);
      // Only keys of tenants: then nothing is missed, and each query finds out for its own.
      if (key === null && configured === null) return null;
      if (key === null) return 'keys: the feedback key is not active in the store';
      const signer = await signerOf(key, nowMs);
      const healthy = signer !== null && (await signer.health()).ok;
      return healthy ? null : 'keys: the feedback key cannot sign';
    },
    follow: async (trust, nowMs) => {
      const keys = signing(trust, nowMs);
      const named = new Set(keys.map((key) => key.signerUri));
      for (const [uri, { signer }] of opened) {
        if (named.has(uri)) continue;
        opened.delete(uri);
        await signer.then((one) => one?.close()).catch(() => logger.error('feedback.signer_close_failed'));
      }
      await Promise.all(keys.map((key) => signerOf(key, nowMs)));
    },
    [Symbol.asyncDispose]: async () => {
      const signers = [...opened.values()];
      opened.clear();
      for (const { signer } of signers) await (await signer)?.close();
    },
  };
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
