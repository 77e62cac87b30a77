import { type Ed25519PublicKey, verifyEd25519 } from '@nyxera/federation-protocol';
import type { Logger } from '../logging.ts';
import { verifyOnThreads } from './verify-on-threads.ts';

/**
 * Decides signatures (PROTOCOL.md section 3), wherever the arithmetic is done. The decision is the same everywhere, and
 * never an exception. The caller must not change the bytes until it has the answer. A message comes in pieces, so that a
 * body need not be copied behind its head.
 */
export interface SignatureVerifier {
  verify(key: Ed25519PublicKey, message: readonly Uint8Array[], signature: Uint8Array): Promise<boolean>;
  close(): Promise<void>;
}

export function verifyHere(
  key: Ed25519PublicKey,
  message: readonly Uint8Array[],
  signature: Uint8Array,
): boolean {
  return verifyEd25519(key, Buffer.concat(message), signature);
}

/**
 * On the event loop: what costs least in all, and so what pays where there is a process for every core already
 * (`VV_TG_WORKERS`). verify-on-threads.ts has the numbers.
 */
export const verifyInline: SignatureVerifier = {
  verify: (key, message, signature) => Promise.resolve(verifyHere(key, message, signature)),
  close: () => Promise.resolve(),
};

/** `threads` 0: on the event loop. */
export function createVerifier(threads: number, logger: Pick<Logger, 'error'>): SignatureVerifier {
  return threads === 0 ? verifyInline : verifyOnThreads(threads, logger);
}
