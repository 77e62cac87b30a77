import { requestSignatureInput } from '@nyxera/federation-protocol';
import { v7 as uuidv7 } from 'uuid';
import { appendAudit } from '../../src/audit/append.ts';
import { createIntegrator } from '../../src/audit/integrate.ts';
import { createCommit } from '../../src/commit/commit-to-database.ts';
import type { CommitRequest } from '../../src/store/commit-types.ts';
import type { Database } from '../../src/store/database.ts';
import { event, evidence, type Party, telemetry } from '../store/requests.ts';
import { rowsOf } from '../store/stores.ts';
import { makeKey } from '../trust/make-keys.ts';
import { newSigner, ORIGIN, type TestSigner, trustKey } from './log-fixture.ts';

const LIMITS = { nonceTtlSeconds: 120, nonceLimitPerIdentity: 1_000_000, rateLimitPerMinute: 0 };

/** A log with a key: what is committed to it, and signed when a test says so. */
export interface SignedLog {
  readonly signer: TestSigner;
  commit(requests: readonly CommitRequest[]): Promise<void>;
  /** Entries of decisions about events that were recorded so many days ago; a commit records by the clock of the database. */
  appendOld(party: Party, daysAgo: number, eventIds: readonly string[]): Promise<void>;
  /** Signs what is there. */
  sign(): Promise<void>;
}

export async function openSignedLog(db: Database): Promise<SignedLog> {
  const signer = newSigner();
  await trustKey(db, 'audit', signer);
  const integrator = createIntegrator({ db, origin: ORIGIN, signer: signer.signer, now: Date.now });
  return {
    signer,
    commit: async (requests) => {
      const [row] = await rowsOf<{ version: number }>(db, 'SELECT version FROM trust_state');
      const trustVersion = row?.version ?? 0;
      const outcomes = await createCommit(db, LIMITS)(requests.map((one) => ({ ...one, trustVersion })));
      const odd = outcomes.find(({ status }) => status !== 'committed');
      if (odd !== undefined) throw new Error(`a request was ${odd.status}`);
    },
    appendOld: async (party, daysAgo, eventIds) => {
      const drafts = eventIds.map((subject) => ({
        requestId: uuidv7(),
        action: 'telemetry',
        actor: party.identity,
        tenantId: party.tenantId,
        operatorId: party.operatorId,
        subject,
        evidenceSha256: 'e'.repeat(64),
        kid: 'key-1',
        peerSha256: 'c'.repeat(64),
        class: 'decision' as const,
        code: 'accepted',
        recordedAtMs: Date.now() - daysAgo * 86_400_000,
      }));
      await db.transaction((tx) => appendAudit(tx, drafts));
    },
    sign: async () => {
      await integrator.integrate();
    },
  };
}

/** A request of one event whose bytes are really signed, as the gateway stores it. */
export function signedTelemetry(
  party: Party,
  eventId: string,
  over: Partial<CommitRequest> = {},
): CommitRequest {
  const key = makeKey();
  const stored = evidence({ kid: key.key.kid, publicKey: key.key.raw });
  const signature = key.sign(requestSignatureInput(stored.timestamp, stored.nonce, stored.body));
  const request = telemetry(party, [event(eventId)], { kid: key.key.kid, ...over });
  if (request.effect.kind !== 'events') throw new Error('no events');
  return { ...request, effect: { ...request.effect, evidence: { ...stored, signature } } };
}
