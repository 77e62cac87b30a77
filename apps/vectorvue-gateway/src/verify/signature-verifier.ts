import { type Ed25519PublicKey, verifyEd25519 } from '@nyxera/federation-protocol';
import type { Logger } from '../logging.ts';
import { verifyOnThreads } from './verify-on-threads.ts';

/**
 * Decides signatures (PROTOCOL.md section 3), wherever the arithmetic is done. The decision is the same everywhere, and
 * never an exception. The caller must not change the bytes until it has the answer.
 */
export interface SignatureVerifier {
  verify(key: Ed25519PublicKey, message: Uint8Array, signature: Uint8Array): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * On the event loop: what costs least in all, and so what pays where there is a process for every core already
 * (`VV_TG_WORKERS`). verify-on-threads.ts has the numbers.
 */
export const verifyInline: SignatureVerifier = {
  verify: (key, message, signature) => Promise.resolve(verifyEd25519(key, message, signature)),
  close: () => Promise.resolve(),
};

/** `threads` 0: on the event loop. */
export function createVerifier(threads: number, logger: Pick<Logger, 'error'>): SignatureVerifier {
  return threads === 0 ? verifyInline : verifyOnThreads(threads, logger);
}
