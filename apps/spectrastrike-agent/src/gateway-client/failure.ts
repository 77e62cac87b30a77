import { errnoCode } from '@nyxera/federation-cli';
import type { FailedOutcome, UntrustedCode } from './outcome.ts';

/** Thrown inside the handshake, before any request byte, and turned into an outcome by `toFailure`. */
export class UntrustedServer extends Error {
  readonly untrusted: UntrustedCode;

  constructor(code: UntrustedCode, detail: string) {
    super(detail);
    this.untrusted = code;
  }
}

/** What OpenSSL calls a certificate that it will not believe, as Node passes it on. */
const CERTIFICATE_CODES =
  /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|HOSTNAME_MISMATCH|CRL_|ERROR_IN_CERT|ERR_TLS_CERT_)/;
const PROTOCOL_TOO_OLD =
  /UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|NO_PROTOCOLS_AVAILABLE|WRONG_VERSION_NUMBER|UNKNOWN_PROTOCOL/;

/**
 * Tells a gateway that is away from one that must not be talked to. In doubt it is away: that is retried and
 * loses nothing. A TLS alert of the server's (it refuses our certificate) is the second kind: it is a matter for
 * the operator, like a 401.
 */
export function toFailure(error: unknown, connected: boolean, reusedSocket: boolean): FailedOutcome {
  if (error instanceof UntrustedServer) return untrusted(error.untrusted, error.message);
  const code = codeOf(error);
  if (CERTIFICATE_CODES.test(code)) {
    return untrusted('tls_verification_failed', `the server's certificate was not accepted (${code})`);
  }
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') {
    const tooOld = PROTOCOL_TOO_OLD.test(code);
    if (tooOld && !connected) {
      return untrusted('insecure_transport', `no TLS version that is allowed was offered (${code})`);
    }
    if (!connected || code.includes('ALERT')) {
      return untrusted('tls_verification_failed', `the TLS handshake was refused (${code})`);
    }
  }
  const staleSocket = reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE');
  return { kind: 'unreachable', reason: code, phase: connected ? 'exchange' : 'connect', staleSocket };
}

function untrusted(code: UntrustedCode, detail: string): FailedOutcome {
  return { kind: 'untrusted', code, detail };
}

/** Node's and OpenSSL's codes are constants of theirs; messages may hold what a peer sent, so none is passed on. */
function codeOf(error: unknown): string {
  const code = errnoCode(error);
  if (code !== null) return code;
  // Several addresses were tried, each with an error of its own.
  const several = typeof error === 'object' && error !== null && 'errors' in error ? error.errors : null;
  return Array.isArray(several) && several.length > 0 ? codeOf(several[0]) : 'connection_failed';
}
