import type { X509Certificate } from 'node:crypto';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { AddressRange, ListenAddress } from '../../config/gateway-config.ts';
import { PROXY_LOCAL_HEADER } from '../../tls/proxy-header.ts';
import { matchAddress } from '../../tls/require-proxy-header.ts';

export type ListenerProbe =
  /** Nothing listens there. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'presented'; readonly certificate: X509Certificate; readonly protocol: string };

const TIMEOUT_MS = 5_000;
/** For a listener on every address: where this machine reaches it. */
const ON_EVERY_ADDRESS: ReadonlyMap<string, string> = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
]);

export function reachableHost(host: string): string {
  return ON_EVERY_ADDRESS.get(host) ?? host;
}

/**
 * A handshake up to the certificate of the other side, and no further: without a certificate of a client nothing is
 * asked, and the gateway logs one handshake that failed. Behind a balancer that is this machine it begins with the
 * header that says that the balancer speaks for itself.
 */
export async function probeListener(
  { host, port }: ListenAddress,
  proxyProtocolFrom: readonly AddressRange[],
): Promise<ListenerProbe> {
  const below = connectTcp({ host: reachableHost(host), port });
  const timer = setTimeout(() => below.destroy(new Error('timeout')), TIMEOUT_MS);
  try {
    await connected(below);
    if (matchAddress(proxyProtocolFrom)(below.localAddress ?? '')) below.write(PROXY_LOCAL_HEADER);
    return await presented(below);
  } catch (fault) {
    const { code, message } = fault as NodeJS.ErrnoException;
    return code === 'ECONNREFUSED' ? { kind: 'absent' } : { kind: 'failed', reason: code ?? message };
  } finally {
    clearTimeout(timer);
    below.destroy();
  }
}

function connected(below: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    below.once('error', reject);
    below.once('connect', () => {
      below.off('error', reject);
      resolve();
    });
  });
}

function presented(below: Socket): Promise<ListenerProbe> {
  return new Promise((resolve, reject) => {
    // What is presented is compared with the file: whether anybody else would trust it is another check.
    const socket = connectTls({
      socket: below,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
    });
    below.once('error', reject);
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('closed')));
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate();
      const protocol = socket.getProtocol() ?? 'unknown';
      if (certificate === undefined) reject(new Error('no certificate'));
      else resolve({ kind: 'presented', certificate, protocol });
    });
  });
}
