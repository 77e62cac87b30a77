import type { Traceparent } from '@nyxera/federation-protocol';
import type { Endpoint } from '../store/commit-types.ts';

/**
 * A request as it arrived, snapshotted once: everything after this looks at nothing else. It has passed
 * steps 1 and 2 of PROTOCOL.md section 5 (path, method, media type, size) and nothing more.
 */
export interface InboundRequest {
  /** UUIDv7, lower case. */
  readonly requestId: string;
  /** When the last byte of the body was there; process clock, Unix milliseconds. */
  readonly receivedAtMs: number;
  readonly endpoint: Endpoint;
  readonly peer: Peer;
  /** As Node gives them: name, value, name, value, with every repetition. */
  readonly rawHeaders: readonly string[];
  /** Unsigned, and decides nothing: for the log. Absent or null: none. */
  readonly trace?: Traceparent | null;
  readonly body: Uint8Array;
}

/** What the TLS socket itself knows of the other side (PROTOCOL.md section 2). */
export interface Peer {
  /** Where the connection came from, a balancer in front seen through; proves nothing. null: it ended too soon to know. */
  readonly address: string | null;
  /** Lower-case hex SHA-256 of the DER certificate. */
  readonly certificateSha256: string;
  /** End of the certificate's validity, Unix milliseconds: a connection may outlive it. */
  readonly notAfterMs: number;
  /** URI names of its subjectAltName, in order, as they stand there. */
  readonly uriNames: readonly string[];
  /** As whom requests on this connection were identified; identify-peer.ts adds to it. */
  readonly identities: Set<string>;
}
