import { generateKeyPairSync, webcrypto } from 'node:crypto';
import { x509 } from '../../src/x509.ts';

export interface TestRequest {
  readonly csrPem: string;
  readonly keyPem: string;
  /** The same with one bit of the signature flipped: well-formed, and no proof of possession. */
  readonly forgedPem: string;
}

/** A PKCS#10 request for a fresh P-256 key. */
export async function certificateRequest(subject: string, dns: readonly string[]): Promise<TestRequest> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' });
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const keys = {
    privateKey: await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign']),
    publicKey: await webcrypto.subtle.importKey('spki', spki, algorithm, true, ['verify']),
  };
  const names = new x509.SubjectAlternativeNameExtension(
    dns.map((value) => ({ type: 'dns' as const, value })),
  );
  const request = await x509.Pkcs10CertificateRequestGenerator.create(
    {
      name: subject,
      keys,
      signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
      extensions: dns.length > 0 ? [names] : [],
    },
    webcrypto,
  );
  const der = new Uint8Array(request.rawData);
  return {
    csrPem: request.toString('pem'),
    keyPem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    forgedPem: x509.PemConverter.encode(flipLastBit(der), 'CERTIFICATE REQUEST'),
  };
}

function flipLastBit(bytes: Uint8Array): Uint8Array {
  const flipped = bytes.slice();
  flipped.set([(bytes.at(-1) ?? 0) ^ 1], bytes.length - 1);
  return flipped;
}
