/** Requests that the gateway must refuse, each sent for real over mutual TLS: what the views of refusals have to show. */
import { type Answer, offerHandshake, Peer } from '../../../../../scripts/demo/peer.ts';
import { honestEnvelope, TELEMETRY } from '../../../../../scripts/demo/refusals.ts';
import type { World } from '../../../../../scripts/demo/world.ts';
import { FOREIGN_TENANT, IDENTITY, SUSPENDED_OPERATOR, SUSPENDED_TENANT } from './actors.ts';

/** How a request was refused: the code of `packages/protocol`, and the request id by which it is found. */
export interface Refused {
  readonly code: string;
  readonly requestId: string;
}

type Attempt = (peer: Peer, world: World) => Promise<Answer>;

const ATTEMPTS: Readonly<Record<string, Attempt>> = {
  replay_detected: async (peer) => {
    const signed = await peer.sign(TELEMETRY, honestEnvelope('console-replayed'));
    await peer.send(signed);
    return await peer.send(signed);
  },
  signature_invalid: async (peer) => {
    const signed = await peer.sign(TELEMETRY, honestEnvelope('console-tampered'));
    const body = Buffer.from(signed.body);
    body[body.indexOf('"info"') + 1] = 'I'.charCodeAt(0);
    return await peer.send({ ...signed, body });
  },
  tenant_mapping_violation: async (peer) =>
    await peer.send(
      await peer.sign(TELEMETRY, honestEnvelope('console-foreign', { tenant: FOREIGN_TENANT })),
    ),
  schema_version_unsupported: async (peer) =>
    await peer.send(await peer.sign(TELEMETRY, honestEnvelope('console-schema', { schemaVersion: '9.9' }))),
  schema_invalid: async (peer) =>
    await peer.send(await peer.sign(TELEMETRY, { ...honestEnvelope('console-member'), surprise: true })),
  event_conflict: async (peer) => {
    const first = honestEnvelope('console-conflict');
    await peer.send(await peer.sign(TELEMETRY, first));
    const payload = { ...(first.payload as object), severity: 'critical' };
    return await peer.send(await peer.sign(TELEMETRY, { ...first, payload }));
  },
  peer_identity_rejected: async (peer, world) =>
    await peer.send(await peer.sign(TELEMETRY, honestEnvelope('console-stolen')), world.otherCertificate),
  timestamp_out_of_window: async (peer) => {
    const signed = await peer.sign(TELEMETRY, honestEnvelope('console-late'));
    const late = String(Number(signed.headers['X-Telemetry-Timestamp']) - 3600);
    return await peer.send({ ...signed, headers: { ...signed.headers, 'X-Telemetry-Timestamp': late } });
  },
};

/** Of an operator whose tenant is suspended. */
async function sendForSuspended(peer: Peer): Promise<Answer> {
  const envelope = honestEnvelope('console-suspended', { tenant: SUSPENDED_TENANT });
  const metadata = { ...(envelope.signed_metadata as object), operator_id: SUSPENDED_OPERATOR };
  return await peer.send(
    await peer.sign(TELEMETRY, {
      ...envelope,
      operator_id: SUSPENDED_OPERATOR,
      signed_metadata: metadata,
    }),
  );
}

/** Tries everything, and says how each was refused. @throws Error where one was taken: then the world is not what it says. */
export async function sendRefusedRequests(world: World): Promise<readonly Refused[]> {
  const peer = await openPeer(world);
  const refused: Refused[] = [];
  const note = (name: string, answer: Answer): void => {
    if (answer.code === null || answer.requestId === null) {
      throw new Error(`${name} was not refused: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    refused.push({ code: answer.code, requestId: answer.requestId });
  };
  try {
    for (const [code, attempt] of Object.entries(ATTEMPTS)) note(code, await attempt(peer, world));
    note('suspended tenant', await sendForSuspended(peer));
    await offerHandshake({
      gateway: world.gateway.listen,
      caPem: world.caPem,
      certificate: null,
      maxVersion: 'TLSv1.3',
    });
  } finally {
    await peer.close();
  }
  return refused;
}

export function openPeer(world: World): Promise<Peer> {
  return Peer.open({
    gateway: world.gateway.listen,
    caPem: world.caPem,
    identity: IDENTITY,
    certificate: world.agentCertificate,
    signingKeyPath: world.telemetryKeyPath,
  });
}
