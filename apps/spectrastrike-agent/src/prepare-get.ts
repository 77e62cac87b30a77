import { randomBytes } from 'node:crypto';
import type { Signer } from '@nyxera/federation-key-custody';
import {
  encodeBase64,
  formatTraceparent,
  getSignatureInput,
  nextTraceparent,
} from '@nyxera/federation-protocol';
import type { FetchOutcome } from './gateway-client.ts';
import { attemptFacts, type SendSignedDependencies } from './prepare-envelope.ts';

const NONCE_BYTES = 18;

/** `unsigned`: the key could not be used; nothing was sent. */
export type GetOutcome = FetchOutcome | { readonly kind: 'unsigned' };
/** @param path of the gateway, from its slash; exactly what is signed. @param maxBytes of the answer. */
export type GetSigned = (path: string, maxBytes: number) => Promise<GetOutcome>;

/**
 * Signs and sends one GET (PROTOCOL.md section 19): what is signed in place of a body is the path. Like every request
 * it has its own timestamp and nonce, also when it is repeated because the gateway had closed an idle connection.
 */
export function createGetSigned(dependencies: SendSignedDependencies): GetSigned {
  const { client, signer, now } = dependencies;
  const random = dependencies.randomBytes ?? randomBytes;
  const once: GetSigned = async (path, maxBytes) => {
    const headers = await signedHeaders(signer, now, random, path);
    if (headers === null) return { kind: 'unsigned' };
    const trace = nextTraceparent(random);
    const outcome = await client.get(path, { ...headers, traceparent: formatTraceparent(trace) }, maxBytes);
    dependencies.onAttempt?.(attemptFacts(path, trace, outcome));
    return outcome;
  };
  return async (path, maxBytes) => {
    const first = await once(path, maxBytes);
    return first.kind === 'unreachable' && first.staleSocket ? once(path, maxBytes) : first;
  };
}

async function signedHeaders(
  signer: Signer,
  now: () => number,
  random: (size: number) => Uint8Array,
  path: string,
): Promise<Record<string, string> | null> {
  const timestamp = Math.floor(now() / 1000);
  const nonce = Buffer.from(random(NONCE_BYTES)).toString('base64url');
  try {
    const signature = await signer.sign(getSignatureInput(timestamp, nonce, path));
    return {
      'X-Telemetry-Timestamp': String(timestamp),
      'X-Telemetry-Nonce': nonce,
      'X-Telemetry-Signature': encodeBase64(signature),
      'X-Telemetry-Key-Id': await signer.kid(),
    };
  } catch {
    return null;
  }
}
