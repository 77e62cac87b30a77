import type { FormatFault } from './private-key.ts';

export interface PemBlock {
  /** What stands between BEGIN and the dashes, e.g. `PRIVATE KEY`. */
  readonly label: string;
  readonly bytes: Uint8Array;
}

const BEGIN = /^-----BEGIN ([A-Z0-9 ]{1,64})-----$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * The single PEM block (RFC 7468) of a file. Stricter than OpenSSL: nothing but white space around it, no
 * headers, complete base64. A file with two keys has no answer to which one signs.
 */
export function parsePem(text: string): PemBlock | FormatFault {
  const lines = text
    .trim()
    .split(/\r?\n/)
    .map((line) => line.trimEnd());
  const label = BEGIN.exec(lines[0] ?? '')?.[1];
  if (label === undefined) return { fault: 'does not begin with a PEM block; remove what stands before it' };
  const end = lines.indexOf(`-----END ${label}-----`);
  if (end === -1) return { fault: `is cut off: the PEM block ${label} has no end` };
  if (end !== lines.length - 1)
    return { fault: 'holds something after its first PEM block; keep only the key' };
  const body = lines.slice(1, end);
  if (body.some((line) => line.startsWith('Proc-Type:') && line.includes('ENCRYPTED')))
    return { fault: ENCRYPTED };
  const base64 = body.join('');
  if (!BASE64.test(base64) || base64.length % 4 !== 0) {
    return { fault: `has a damaged PEM block ${label}: not base64` };
  }
  return { label, bytes: new Uint8Array(Buffer.from(base64, 'base64')) };
}

export const ENCRYPTED =
  'is encrypted with a passphrase, which an unattended program cannot enter; decrypt it into a file of mode 0600, or keep the key in an HSM or Vault';
