import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWithShared, sharedPath } from '@nyxera/federation-testing';
import { send } from '../support/client.ts';
import { createFederation, type Federation, TENANT } from '../support/federation.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { identityHeaders, PATHS } from '../support/requests.ts';

interface Vectors {
  readonly keys: Readonly<Record<'producer' | 'evidence', { readonly public_b64: string }>>;
  readonly request_signature: readonly {
    readonly timestamp: number;
    readonly nonce: string;
    readonly body: string;
    readonly signature_b64: string;
  }[];
  readonly evidence_bundle: readonly (Readonly<Record<string, string>> & { readonly timestamp: number })[];
}

describeWithShared('federation-v1.json, over real TLS', () => {
  let vectors: Vectors;
  let federation: Federation;
  let gateway: TestGateway;

  beforeAll(async () => {
    vectors = JSON.parse(readFileSync(sharedPath('vectors', 'federation-v1.json') ?? '', 'utf8')) as Vectors;
    federation = await createFederation();
    const bodies = vectors.request_signature.map(({ body }) => JSON.parse(body) as Record<string, string>);
    const map = Object.fromEntries(
      bodies.map((body) => [body.operator_id ?? 'op-001', body.tenant_id ?? TENANT]),
    );
    const changes = {
      VV_TG_SPECTRASTRIKE_ED25519_PUBKEY: vectors.keys.producer.public_b64,
      VV_FEDERATION_SPECTRASTRIKE_ED25519_PUBKEY: vectors.keys.evidence.public_b64,
      VV_TG_OPERATOR_TENANT_MAP: JSON.stringify(map),
    };
    const nowMs = (vectors.request_signature[0]?.timestamp ?? 0) * 1000;
    gateway = await startTestGateway(federation, changes, { now: () => nowMs });
  });
  afterAll(async () => {
    await gateway?.close();
    federation?.remove();
  });

  test('every request signature verifies; a body that is a whole envelope is accepted', async () => {
    for (const { timestamp, nonce, body, signature_b64: signature } of vectors.request_signature) {
      const received = await send(federation, gateway.listen, {
        path: PATHS.telemetry,
        headers: [
          ...identityHeaders(federation),
          ['X-Telemetry-Timestamp', String(timestamp)],
          ['X-Telemetry-Nonce', nonce],
          ['X-Telemetry-Signature', signature],
        ],
        body: Buffer.from(body),
      });
      // Some vectors are about bytes only and no telemetry; what counts there is that the signature passed.
      expect(['signature_invalid', 'timestamp_out_of_window']).not.toContain(
        received.json.errors?.[0]?.error_code,
      );
      if (body.includes('"payload"'))
        expect([received.status, received.text]).toEqual([202, expect.any(String)]);
    }
  });

  test('every evidence bundle has the expected hash, twice', async () => {
    for (const { bundle_hash: hash, signature_b64: signature, ...members } of vectors.evidence_bundle) {
      const sorted = Object.fromEntries(
        Object.entries({ ...members, signature }).sort(([a], [b]) => (a < b ? -1 : 1)),
      );
      const body = Buffer.from(JSON.stringify({ bundle: sorted }));
      for (let round = 0; round < 2; round += 1) {
        const headers = identityHeaders(federation);
        const received = await send(federation, gateway.listen, { path: PATHS.bundle, headers, body });
        expect([received.status, received.json]).toEqual([
          200,
          { accepted: true, bundle_hash: hash, request_id: expect.any(String) },
        ]);
      }
    }
  });
});
