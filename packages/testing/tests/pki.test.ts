import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPki, type Pki, temporaryDirectory } from '../src/index.ts';
import { certificateRequest } from './programs/certificate-request.ts';
import { handshake } from './programs/handshake.ts';

const directory = temporaryDirectory('pki');
let pki: Pki;
let stranger: Pki;
const DAY = 86_400_000;

beforeAll(async () => {
  pki = await createPki(join(directory.path, 'a'));
  stranger = await createPki(join(directory.path, 'b'));
});
afterAll(directory.remove);

function extendedUsages(pem: string): string[] | undefined {
  return new X509Certificate(pem).keyUsage;
}

describe('files', () => {
  test('every file is 0600, every directory 0700', async () => {
    await pki.issue({ name: 'modes' });
    expect(statSync(pki.directory).mode & 0o777).toBe(0o700);
    const files = readdirSync(pki.directory);
    expect(files).toEqual(expect.arrayContaining(['ca.pem', 'ca.key', 'modes.crt', 'modes.key']));
    for (const file of files)
      expect([file, statSync(join(pki.directory, file)).mode & 0o777]).toEqual([file, 0o600]);
  });

  test('nothing is overwritten: neither a certificate of the same name nor a CA', async () => {
    const first = await pki.issue({ name: 'once' });
    await expect(pki.issue({ name: 'once' })).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readFileSync(first.keyPath, 'utf8')).toBe(first.keyPem);
    await expect(createPki(pki.directory)).rejects.toMatchObject({ code: 'EEXIST' });
  });

  test('the private key and the certificate of a leaf belong together', async () => {
    const leaf = await pki.issue({ name: 'pair' });
    expect(new X509Certificate(leaf.certPem).checkPrivateKey(createPrivateKey(leaf.keyPem))).toBe(true);
    expect(readFileSync(leaf.certPath, 'utf8')).toBe(leaf.certPem);
  });

  test.each(['../out', 'a/b', '', '.hidden', 'a\n'])(
    'a name that is no file stem is refused: %j',
    async (name) => {
      await expect(pki.issue({ name })).rejects.toThrow('stem of its files');
    },
  );

  test('a directory that others can enter is refused and left as it is', async () => {
    const open = join(directory.path, 'open');
    mkdirSync(open);
    const mode = statSync(open).mode;
    await expect(createPki(open)).rejects.toThrow('open to others');
    expect(statSync(open).mode).toBe(mode);
    expect(readdirSync(open)).toEqual([]);
  });
});

describe('certificates', () => {
  test('the CA signs leaves and is marked as a CA; leaves are not', async () => {
    const ca = new X509Certificate(pki.caCertPem);
    const leaf = new X509Certificate((await pki.issue({ name: 'marked' })).certPem);
    expect([ca.ca, leaf.ca]).toEqual([true, false]);
    expect(ca.verify(ca.publicKey)).toBe(true);
    expect(leaf.verify(ca.publicKey)).toBe(true);
    expect(leaf.checkIssued(ca)).toBe(true);
    expect(leaf.verify(new X509Certificate(stranger.caCertPem).publicKey)).toBe(false);
    expect(leaf.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
  });

  test('the pin is the SHA-256 of the DER in lower-case hex', async () => {
    const leaf = await pki.issue({ name: 'pinned' });
    const expected = new X509Certificate(leaf.certPem).fingerprint256.replaceAll(':', '').toLowerCase();
    expect(leaf.sha256).toBe(expected);
    expect(pki.caSha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test('names, usages and a subject that cannot smuggle a second attribute', async () => {
    const leaf = await pki.issue({
      name: 'named',
      commonName: 'evil, O=Other',
      dns: ['gateway.example', 'localhost'],
      ips: ['10.1.2.3', '::1'],
      server: true,
    });
    const certificate = new X509Certificate(leaf.certPem);
    expect(certificate.subjectAltName).toBe(
      'DNS:gateway.example, DNS:localhost, IP Address:10.1.2.3, IP Address:0:0:0:0:0:0:0:1',
    );
    expect(certificate.toLegacyObject().subject).toEqual({ CN: 'evil, O=Other' });
    expect(extendedUsages(leaf.certPem)).toEqual(['1.3.6.1.5.5.7.3.1']);
    const client = await pki.issue({ name: 'client-only', client: true });
    expect(extendedUsages(client.certPem)).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(new X509Certificate(client.certPem).subjectAltName).toBeUndefined();
    const both = await pki.issue({ name: 'both' });
    expect(extendedUsages(both.certPem)).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
  });

  test('serial numbers are 16 bytes and not repeated', async () => {
    const serials = new Set<string>();
    for (let index = 0; index < 20; index += 1) {
      const { certPem } = await pki.issue({ name: `serial-${index}` });
      serials.add(new X509Certificate(certPem).serialNumber);
    }
    expect(serials.size).toBe(20);
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/);
  });

  test('the default validity is counted from the injected clock', async () => {
    const start = Date.UTC(2031, 0, 1);
    const timed = await createPki(join(directory.path, 'timed'), { now: () => start });
    const leaf = new X509Certificate((await timed.issue({ name: 'leaf' })).certPem);
    expect(leaf.validFromDate.getTime()).toBe(start - 300_000);
    expect(leaf.validToDate.getTime()).toBe(start + 90 * DAY);
  });
});

describe('over real TLS 1.3', () => {
  test('mutual authentication succeeds, and the server sees the pinned certificate', async () => {
    const server = await pki.issue({ name: 'tls-server', server: true });
    const client = await pki.issue({ name: 'tls-client', client: true });
    expect(await handshake(server, pki.caCertPem, client, pki.caCertPem)).toEqual({
      server: client.sha256,
      client: server.sha256,
    });
  });

  test.each([
    [
      'expired',
      { notBefore: new Date(Date.now() - 2 * DAY), notAfter: new Date(Date.now() - DAY) },
      'CERT_HAS_EXPIRED',
    ],
    ['not valid yet', { notBefore: new Date(Date.now() + DAY) }, 'CERT_NOT_YET_VALID'],
    ['for another name', { dns: ['other.example'] }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['for clients only', { client: true, server: false }, 'INVALID_PURPOSE'],
  ])('a server certificate that is %s is refused', async (name, options, code) => {
    const server = await pki.issue({ name: name.replaceAll(' ', '-'), ...options });
    const client = await pki.issue({ name: `client-of-${name.replaceAll(' ', '-')}`, client: true });
    expect((await handshake(server, pki.caCertPem, client, pki.caCertPem)).client).toBe(code);
  });

  test('a client of another CA of the same name, an expired one and a server certificate are refused', async () => {
    const server = await pki.issue({ name: 'strict-server', server: true });
    const refused = [
      await stranger.issue({ name: 'foreign', client: true }),
      await pki.issue({ name: 'late', client: true, notBefore: new Date(0), notAfter: new Date(1_000) }),
      await pki.issue({ name: 'no-client', server: true }),
    ];
    for (const client of refused) {
      const seen = await handshake(server, pki.caCertPem, client, pki.caCertPem);
      expect(seen.server).toMatch(/^(UNABLE_TO|CERT_HAS_EXPIRED|INVALID_PURPOSE|CERT_SIGNATURE)/);
    }
  });
});

describe('certificate requests', () => {
  test('are signed with the names and the subject they ask for, and the key never comes here', async () => {
    const request = await certificateRequest('CN=requested', ['requested.example']);
    const signed = await pki.issueFromCsr(request.csrPem, { name: 'from-csr' });
    const certificate = new X509Certificate(signed.certPem);
    expect(certificate.subject).toBe('CN=requested');
    expect(certificate.subjectAltName).toBe('DNS:requested.example');
    expect(certificate.checkPrivateKey(createPrivateKey(request.keyPem))).toBe(true);
    expect(readdirSync(pki.directory)).not.toContain('from-csr.key');
  });

  test('names and subject can be decided by the issuer instead', async () => {
    const request = await certificateRequest('CN=requested', ['requested.example']);
    const options = { name: 'decided', commonName: 'decided', ips: ['10.0.0.1'], client: true };
    const certificate = new X509Certificate((await pki.issueFromCsr(request.csrPem, options)).certPem);
    expect([certificate.subject, certificate.subjectAltName]).toEqual(['CN=decided', 'IP Address:10.0.0.1']);
    expect(extendedUsages(certificate.toString())).toEqual(['1.3.6.1.5.5.7.3.2']);
  });

  test('what is no request is refused by name', async () => {
    for (const text of ['garbage', '', pki.caCertPem]) {
      await expect(pki.issueFromCsr(text, { name: 'garbage' })).rejects.toThrow('not a PKCS#10');
    }
  });

  test('without proof of possession are refused, and leave no file', async () => {
    const request = await certificateRequest('CN=requested', []);
    await expect(pki.issueFromCsr(request.forgedPem, { name: 'forged' })).rejects.toThrow(
      'not signed by its key',
    );
    expect(readdirSync(pki.directory)).not.toContain('forged.crt');
  });
});
