import {
  type Ed25519PublicKey,
  importPublicKey,
  verifyEd25519,
  verifyEd25519Portable,
} from '../src/ed25519.ts';
import { backend as openSsl } from '../src/ed25519-node.ts';

/** What the whole of PROTOCOL.md section 3 decides about (key, message, signature). */
export type Verdict = 'key refused' | 'valid' | 'invalid';

/** The verdict of both backends; throws if they differ, because then two replicas would disagree. */
export function verdict(rawKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Verdict {
  const imported = importPublicKey(rawKey);
  if (!imported.ok) {
    return 'key refused';
  }
  return agreed(imported.value, message, signature) ? 'valid' : 'invalid';
}

export function agreed(key: Ed25519PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  const node = verifyEd25519(key, message, signature);
  const portable = verifyEd25519Portable(key, message, signature);
  if (node !== portable) {
    throw new Error(
      `backends differ: node ${node}, portable ${portable}, ${Buffer.from(signature).toString('hex')}`,
    );
  }
  // OpenSSL by itself too, so that no difference hides behind the checks that both share.
  if (signature.length === 64 && openSsl.prepare(key.raw).verify(message, signature) !== node) {
    throw new Error(`OpenSSL alone decides otherwise: ${Buffer.from(signature).toString('hex')}`);
  }
  return node;
}
