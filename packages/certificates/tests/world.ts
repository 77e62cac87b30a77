import { createPki, type IssuedCertificate, type Pki, temporaryDirectory } from '@nyxera/federation-testing';

export interface CertificateWorld {
  readonly directory: string;
  readonly pki: Pki;
  /** Another CA under another name. */
  readonly stranger: Pki;
  readonly server: IssuedCertificate;
  readonly client: IssuedCertificate;
  remove(): void;
}

export async function createCertificateWorld(): Promise<CertificateWorld> {
  const directory = temporaryDirectory('certificates-');
  const pki = await createPki(`${directory.path}/pki`);
  const stranger = await createPki(`${directory.path}/stranger`, { commonName: 'a stranger' });
  const server = await pki.issue({
    name: 'server',
    dns: ['gateway.test', 'localhost'],
    ips: ['127.0.0.1', '2001:db8::1'],
    server: true,
  });
  const client = await pki.issue({ name: 'client', client: true });
  return { directory: directory.path, pki, stranger, server, client, remove: () => directory.remove() };
}
