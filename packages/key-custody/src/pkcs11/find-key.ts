import { type Ed25519PublicKey, importPublicKey } from '@nyxera/federation-protocol';
import { SignerFault } from '../signer-fault.ts';
import {
  type Attribute,
  CKA_CLASS,
  CKA_EC_PARAMS,
  CKA_EC_POINT,
  CKA_EXTRACTABLE,
  CKA_ID,
  CKA_KEY_TYPE,
  CKA_LABEL,
  CKA_PUBLIC_KEY_INFO,
  CKA_SIGN,
  CKK_EC_EDWARDS,
  CKO_PRIVATE_KEY,
  CKO_PUBLIC_KEY,
  type Cryptoki,
  type ObjectHandle,
  type SessionHandle,
} from './cryptoki.ts';
import type { Pkcs11Uri } from './pkcs11-uri.ts';
import { isEdwards25519, readPublicPoint } from './public-point.ts';

export interface FoundKey {
  readonly handle: ObjectHandle;
  readonly publicKey: Ed25519PublicKey;
  /** true: the token would give the private key out (CKA_EXTRACTABLE), so it is no better than a file. */
  readonly extractable: boolean;
}

type Names = Pick<Pkcs11Uri, 'object' | 'id'>;

/**
 * The private key that the URI names and its public half, in a session that is logged in. Throws `key_not_found`,
 * `key_ambiguous`, `key_unsuitable` (another type or curve, not for signing, no usable public half).
 */
export function findKey(cryptoki: Cryptoki, session: SessionHandle, names: Names): FoundKey {
  const handles = find(cryptoki, session, CKO_PRIVATE_KEY, names);
  const [handle, ...more] = handles;
  if (handle === undefined) {
    throw new SignerFault('key_not_found', 'the token holds no private key with this object and id');
  }
  if (more.length > 0) {
    throw new SignerFault(
      'key_ambiguous',
      'the token holds several private keys with this name; add id to the URI',
    );
  }
  const read = (object: ObjectHandle, type: number): Buffer | null =>
    readAttribute(cryptoki, session, object, type);
  if (unsigned(read(handle, CKA_KEY_TYPE)) !== CKK_EC_EDWARDS) {
    throw new SignerFault(
      'key_unsuitable',
      'the key is of another type (RSA, EC, …); only Ed25519 keys sign here',
    );
  }
  const parameters = read(handle, CKA_EC_PARAMS);
  if (parameters !== null && !isEdwards25519(parameters)) {
    throw new SignerFault(
      'key_unsuitable',
      'the key is on another Edwards curve; only Ed25519 keys sign here',
    );
  }
  if (read(handle, CKA_SIGN)?.[0] === 0) {
    throw new SignerFault('key_unsuitable', 'the token does not let this key sign (CKA_SIGN is false)');
  }
  return {
    handle,
    publicKey: findPublicKey(cryptoki, session, handle, names),
    extractable: read(handle, CKA_EXTRACTABLE)?.[0] === 1,
  };
}

/** Of the public key object where there is one, else of the private one: some tokens keep only that. */
function findPublicKey(
  cryptoki: Cryptoki,
  session: SessionHandle,
  privateKey: ObjectHandle,
  names: Names,
): Ed25519PublicKey {
  const [publicObject] = find(cryptoki, session, CKO_PUBLIC_KEY, names);
  const sources: readonly (readonly [ObjectHandle | undefined, number])[] = [
    [publicObject, CKA_EC_POINT],
    [privateKey, CKA_EC_POINT],
    [privateKey, CKA_PUBLIC_KEY_INFO],
  ];
  for (const [object, type] of sources) {
    const value = object === undefined ? null : readAttribute(cryptoki, session, object, type);
    if (value === null || value.length === 0) continue;
    const point = readPublicPoint(value);
    if (point === null) continue;
    const key = importPublicKey(point);
    if (key.ok) return key.value;
    throw new SignerFault('key_unsuitable', `the public half must not be used: ${key.detail}`);
  }
  throw new SignerFault(
    'key_unsuitable',
    'the token gives no public half in a known encoding; store its public key object with the same id',
  );
}

function find(
  cryptoki: Cryptoki,
  session: SessionHandle,
  objectClass: number,
  { object, id }: Names,
): readonly ObjectHandle[] {
  const template: Attribute[] = [{ type: CKA_CLASS, value: objectClass }];
  if (object !== null) template.push({ type: CKA_LABEL, value: object });
  if (id !== null) template.push({ type: CKA_ID, value: Buffer.from(id) });
  cryptoki.C_FindObjectsInit(session, template);
  try {
    return cryptoki.C_FindObjects(session, 2);
  } finally {
    cryptoki.C_FindObjectsFinal(session);
  }
}

/** null: the object has no such attribute, or keeps it to itself. */
function readAttribute(
  cryptoki: Cryptoki,
  session: SessionHandle,
  object: ObjectHandle,
  type: number,
): Buffer | null {
  try {
    return cryptoki.C_GetAttributeValue(session, object, [{ type }])[0]?.value ?? null;
  } catch {
    return null;
  }
}

/** A CK_ULONG, in the byte order of the machine. The machines that Node runs on are little-endian, s390x excepted. */
function unsigned(value: Buffer | null): number | null {
  if (value === null || value.length < 4) return null;
  return value.readUInt32LE(0);
}
