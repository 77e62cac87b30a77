import { parseOpenSshKey } from './openssh-key.ts';
import { ENCRYPTED, parsePem } from './pem.ts';
import { parsePkcs8 } from './pkcs8-key.ts';
import type { FormatFault, PrivateKey } from './private-key.ts';

const EXPECTED = 'expected an Ed25519 private key as PKCS#8 PEM, 32 raw bytes or unencrypted OpenSSH';

/**
 * The Ed25519 private key in a file's bytes, in any of the three formats of PROTOCOL.md section 15. What is
 * something else gets a fault that names it as far as it can be told from labels, never from content.
 */
export function parsePrivateKey(bytes: Uint8Array): PrivateKey | FormatFault {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  if (text.includes('-----BEGIN ')) return parsePemKey(text);
  // Exactly 32 bytes are taken as they are, also when they happen to be printable.
  if (bytes.length === 32) return { seed: bytes.slice(), claimedPublicKey: null };
  if (bytes.length === 64)
    return { fault: `holds 64 bytes: raw seeds are 32 bytes, or 64 hex digits in binary; ${EXPECTED}` };
  const trimmed = text.trim();
  if (/^([0-9A-Fa-f]{64}|[A-Za-z0-9+/_-]{43}=?)$/.test(trimmed)) {
    return { fault: `holds a key as hex or base64 text; write its 32 bytes as they are; ${EXPECTED}` };
  }
  if (bytes.length === 33)
    return { fault: `holds 33 bytes: a raw seed has 32, and no newline after it; ${EXPECTED}` };
  return { fault: `is in no known format; ${EXPECTED}` };
}

function parsePemKey(text: string): PrivateKey | FormatFault {
  const block = parsePem(text);
  if ('fault' in block) return block;
  switch (block.label) {
    case 'PRIVATE KEY':
      return parsePkcs8(block.bytes);
    case 'OPENSSH PRIVATE KEY':
      return parseOpenSshKey(block.bytes);
    case 'ENCRYPTED PRIVATE KEY':
      return { fault: ENCRYPTED };
    case 'PUBLIC KEY':
    case 'RSA PUBLIC KEY':
    case 'SSH2 PUBLIC KEY':
      return { fault: `holds a public key; ${EXPECTED}` };
    case 'CERTIFICATE':
      return { fault: `holds a certificate; ${EXPECTED}` };
    case 'RSA PRIVATE KEY':
      return { fault: 'holds a key of the type RSA; only Ed25519 keys sign here' };
    case 'EC PRIVATE KEY':
      return { fault: 'holds a key of the type EC; only Ed25519 keys sign here' };
    default:
      // The label is not repeated: it comes from the file.
      return { fault: `holds a PEM block of another kind; ${EXPECTED}` };
  }
}
