import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  cosignatureInput,
  cosignatureLine,
  type Ed25519PublicKey,
  formatCheckpoint,
  formatNote,
  formatVerifierKey,
  importPublicKey,
  merkleLeafHash,
  merkleRoot,
  NOTE_COSIGNATURE_V1,
  NOTE_ED25519,
  noteKeyId,
  proveConsistency,
  proveInclusion,
} from '@nyxera/federation-protocol';

export const ORIGIN = 'gateway.example/audit';
export const WITNESS = 'agent.example';

export interface Signer {
  readonly key: Ed25519PublicKey;
  sign(message: Uint8Array): Uint8Array;
}

/** A key of this run, by OpenSSL. */
export function newSigner(): Signer {
  const { publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject } =
    generateKeyPairSync('ed25519');
  const key = importPublicKey(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
  if (!key.ok) throw new Error(key.detail);
  return { key: key.value, sign: (message) => new Uint8Array(sign(null, message, privateKey)) };
}

export const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
export const sha256 = (...parts: Uint8Array[]): string =>
  createHash('sha256').update(Buffer.concat(parts)).digest('hex');

/** The log of a gateway as its console is answered with it. */
export function newLog(entries: readonly string[]) {
  const log = newSigner();
  const witness = newSigner();
  const leaves = entries.map((entry) => merkleLeafHash(new TextEncoder().encode(entry)));
  const signers = {
    log: ORIGIN,
    keys: [formatVerifierKey({ name: ORIGIN, type: NOTE_ED25519, key: log.key })],
    witnesses: [
      {
        identity: WITNESS,
        kid: witness.key.kid,
        state: 'active',
        key: formatVerifierKey({ name: WITNESS, type: NOTE_COSIGNATURE_V1, key: witness.key }),
      },
    ],
  };
  const noteOf = (size: number, root: Uint8Array, isCosigned = false): string => {
    const text = formatCheckpoint({ origin: ORIGIN, size, root });
    const keyId = noteKeyId(ORIGIN, NOTE_ED25519, log.key);
    const own = { name: ORIGIN, keyId, signature: log.sign(new TextEncoder().encode(text)) };
    const at = 1_700_000_000;
    const cosigned = isCosigned
      ? [cosignatureLine(WITNESS, witness.key, at, witness.sign(cosignatureInput(text, at)))]
      : [];
    return formatNote(text, [own, ...cosigned]);
  };
  const note = (size: number, isCosigned = false): string =>
    noteOf(size, merkleRoot(leaves.slice(0, size)), isCosigned);
  return {
    signers,
    leaves,
    note,
    noteOf,
    inclusion: (sequence: number, size = entries.length) => ({
      ...signers,
      sequence,
      leaf_hash: base64url(leaves[sequence] ?? new Uint8Array(0)),
      size,
      checkpoint: note(size, true),
      proof: proveInclusion(leaves.slice(0, size), sequence).map(base64url),
    }),
    consistency: (from: number, size = entries.length) =>
      proveConsistency(leaves.slice(0, size), from).map(base64url),
  };
}
