import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { peerOf } from '../../mtls-server.ts';

/** SHA-256 of the client certificate that the handshake verified and that has not run out since, hex; null: there is none. */
export function certificateOf(request: IncomingMessage, nowMs: number): string | null {
  const { socket } = request;
  const peer = socket instanceof TLSSocket ? peerOf(socket) : null;
  return peer !== null && nowMs < peer.notAfterMs ? peer.certificateSha256 : null;
}
