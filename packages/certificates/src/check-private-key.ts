import { createPrivateKey, createPublicKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { type CertificateFault, type CertificateResult, fault } from './certificate-fault.ts';

/** Bits. What OpenSSL's security level 2 asks for; said here by name instead of in a handshake. */
const LEAST_RSA_BITS = 2048;
const CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/**
 * The private key of a TLS certificate: unencrypted PEM, of a type and size that TLS 1.3 signs with, and the one whose
 * public half is in the certificate. Codes: key_encrypted, key_public, key_invalid, key_weak, key_mismatch.
 */
export function checkPrivateKey(
  pem: string,
  certificate: X509Certificate | null,
): CertificateResult<KeyObject> {
  const key = parse(pem);
  if (!key.ok) return key;
  const weakness = weaknessOf(key.value);
  if (weakness !== null) return fault('key_weak', weakness);
  if (certificate !== null && !certificate.checkPrivateKey(key.value)) {
    return fault('key_mismatch', 'is not the key of the certificate');
  }
  return key;
}

function parse(pem: string): CertificateResult<KeyObject> {
  try {
    return { ok: true, value: createPrivateKey(pem) };
  } catch {
    return whatElse(pem);
  }
}

/** Why it is no private key, for whoever put it there. */
function whatElse(pem: string): CertificateFault {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem)) {
    return fault(
      'key_encrypted',
      'is an encrypted private key; decrypt it, nobody types a passphrase at a restart',
    );
  }
  try {
    createPublicKey(pem);
    return fault('key_public', 'holds a public key or a certificate where the private key belongs');
  } catch {
    return fault('key_invalid', 'is not an unencrypted PEM private key');
  }
}

function weaknessOf(key: KeyObject): string | null {
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss':
      return modulusLength >= LEAST_RSA_BITS
        ? null
        : `is an RSA key of ${modulusLength} bits; ${LEAST_RSA_BITS} are the least`;
    case 'ec':
      return CURVES.has(namedCurve) ? null : 'is an EC key on another curve than P-256, P-384 or P-521';
    case 'ed25519':
      return null;
    default:
      return 'is a key of a type that TLS 1.3 does not sign with';
  }
}
