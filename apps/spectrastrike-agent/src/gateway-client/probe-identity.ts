import type { Signer } from '@nyxera/federation-key-custody';
import { queryFeedback } from '../feedback/query-feedback.ts';
import type { GatewayClient } from '../gateway-client.ts';
import type { SendSigned } from '../prepare-envelope.ts';
import { createGetSigned } from '../prepare-get.ts';
import type { ClientOutcome, FetchOutcome } from './outcome.ts';

/** `detail`: what was seen of the gateway, for people. */
export type Identification =
  | { readonly identified: true }
  | { readonly identified: false; readonly detail: string };

const CHECKPOINT = '/internal/v1/audit/checkpoint';
const MAX_CHECKPOINT_BYTES = 1024 * 1024;

/**
 * Whether the gateway identifies this client's certificate: a real handshake and a signed request that changes nothing.
 * A GET of the log's checkpoint, which only an identified peer gets (PROTOCOL.md section 19); where there is no log, the
 * smallest feedback query. Only a 200 counts: other answers may be given before step 4 of section 5.
 */
export async function probeIdentity(
  context: { now(): number; random(bytes: number): Uint8Array },
  config: { readonly operatorId: string; readonly tenantId: string },
  connection: { readonly client: GatewayClient; readonly signer: Signer; readonly sendSigned: SendSigned },
): Promise<Identification> {
  const getSigned = createGetSigned({
    client: connection.client,
    signer: connection.signer,
    now: () => context.now(),
    randomBytes: (size) => context.random(size),
  });
  const got = await getSigned(CHECKPOINT, MAX_CHECKPOINT_BYTES);
  if (got.kind === 'unsigned') return { identified: false, detail: 'the signing key could not be used' };
  if (got.kind !== 'answer' || got.status !== 404) return judge(got);
  const { outcome } = await queryFeedback(connection.sendSigned, { ...config, limit: 1 });
  if (outcome.kind === 'too_large' || outcome.kind === 'unsigned') {
    return { identified: false, detail: 'the signing key could not be used' };
  }
  return judge(outcome);
}

function judge(outcome: FetchOutcome | ClientOutcome): Identification {
  switch (outcome.kind) {
    case 'answer':
      if (outcome.status === 200) return { identified: true };
      return { identified: false, detail: `answers ${outcome.code ?? outcome.status}` };
    case 'unreachable':
      // A server that does not take a certificate of TLS 1.3 hangs up after the handshake.
      return { identified: false, detail: `cannot be reached with it (${outcome.reason})` };
    case 'untrusted':
      return { identified: false, detail: `${outcome.code}: ${outcome.detail}` };
  }
}
