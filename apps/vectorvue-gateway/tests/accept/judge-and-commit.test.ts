import { describe, expect, test } from '@jest/globals';
import { accept, reject } from '@nyxera/federation-protocol';
import { problem, success } from '../../src/accept/answer.ts';
import type { Gateway } from '../../src/accept/gateway.ts';
import type { InboundRequest } from '../../src/accept/inbound-request.ts';
import { type Judge, judgeAndCommit } from '../../src/accept/judge-and-commit.ts';
import type { CommitOutcome, CommitRequest } from '../../src/store/commit-types.ts';
import type { TrustSnapshot } from '../../src/trust/trust-snapshot.ts';

const REQUEST: InboundRequest = {
  requestId: '0190a000-0000-7000-8000-000000000000',
  receivedAtMs: 1_772_107_200_000,
  endpoint: 'telemetry',
  peer: {
    certificateSha256: 'aa'.repeat(32),
    notAfterMs: Number.MAX_SAFE_INTEGER,
    address: '192.0.2.1',
    uriNames: [],
    identities: new Set(),
  },
  rawHeaders: [],
  body: new Uint8Array([1]),
};

/** Outcomes that no healthy store gives on request are the one thing here that is made up. */
function surroundings(outcomes: readonly CommitOutcome['status'][], up = true) {
  const committed: CommitRequest[] = [];
  const notes: string[] = [];
  let version = 1;
  const gateway = {
    trust: {
      current: () => ({ version, stale: false }) as TrustSnapshot,
      refresh: async () => {
        version += 1;
      },
    },
    readiness: { storeUp: () => up, suspectStore: () => notes.push('suspect') },
    journal: {
      sampled: async (_request: unknown, code: string) => void notes.push(`sampled ${code}`),
      refused: (_request: unknown, code: string) => notes.push(`refused ${code}`),
      accepted: () => notes.push('accepted'),
    },
    commit: async ([request]: readonly CommitRequest[]) => {
      if (request !== undefined) committed.push(request);
      const status = outcomes[Math.min(committed.length, outcomes.length) - 1];
      const item = { status: 'accepted', sequence: 0, leafHash: '' };
      return [{ status, items: [item], retryAfterSeconds: 0.2 } as unknown as CommitOutcome];
    },
  } as unknown as Gateway;
  return { gateway, committed, notes };
}

const passes: Judge = async (dossier) => {
  dossier.identity = 'peer';
  return accept({
    rateLimit: null,
    effect: { kind: 'bundle', bundleHash: '' },
    answer: () => success(200, { ok: true }),
  });
};

describe('what becomes of a request at the commit', () => {
  test.each<[CommitOutcome['status'], object, string[]]>([
    ['committed', { kind: 'success', status: 200 }, ['accepted']],
    ['replay', problem('replay_detected'), ['refused replay_detected']],
    ['rate-limited', problem('rate_limited', { retryAfterSeconds: 1 }), ['sampled rate_limited']],
    ['nonce-limit', problem('rate_limited', { retryAfterSeconds: 1 }), ['sampled rate_limited']],
    [
      'unavailable',
      { code: 'service_unavailable', retryAfterSeconds: 2 },
      ['suspect', 'sampled service_unavailable'],
    ],
    ['unknown', { kind: 'drop' }, ['suspect']],
  ])('%s', async (status, answer, notes) => {
    const parts = surroundings([status]);
    expect(await judgeAndCommit(parts.gateway, REQUEST, passes)).toMatchObject(answer);
    expect(parts.notes).toEqual(notes);
  });

  test('trust that changed: judged again by the new trust', async () => {
    const parts = surroundings(['trust-changed', 'trust-changed', 'committed']);
    expect(await judgeAndCommit(parts.gateway, REQUEST, passes)).toMatchObject({ kind: 'success' });
    expect(parts.committed.map(({ trustVersion }) => trustVersion)).toEqual([1, 2, 3]);
  });

  test('trust that never stops changing: 503 after a bounded number of judgements', async () => {
    const parts = surroundings(['trust-changed']);
    expect(await judgeAndCommit(parts.gateway, REQUEST, passes)).toMatchObject({
      code: 'service_unavailable',
    });
    expect(parts.committed).toHaveLength(4);
  });

  test('a key that was revoked between check and commit: the second judgement refuses, unsigned', async () => {
    const parts = surroundings(['trust-changed', 'committed']);
    const judge: Judge = async (dossier, attempt) => {
      if (attempt === 0) return passes(dossier, attempt);
      dossier.identity = 'peer';
      return reject('signature_invalid', 'revoked');
    };
    expect(await judgeAndCommit(parts.gateway, REQUEST, judge)).toMatchObject({ code: 'signature_invalid' });
    expect(parts.committed[1]).toMatchObject({
      nonceClaim: null,
      effect: { kind: 'refusal', code: 'signature_invalid', refusedBody: null },
    });
  });

  test('who is not identified writes nothing', async () => {
    const parts = surroundings(['committed']);
    const judge: Judge = async () => reject('peer_identity_rejected', 'x');
    expect(await judgeAndCommit(parts.gateway, REQUEST, judge)).toEqual(problem('peer_identity_rejected'));
    expect(parts.committed).toEqual([]);
    expect(parts.notes).toEqual(['sampled peer_identity_rejected']);
  });

  test('a signing failure of a query claims nothing', async () => {
    const parts = surroundings(['committed']);
    const judge: Judge = async (dossier) => {
      dossier.identity = 'peer';
      return reject('service_unavailable', 'x');
    };
    expect(await judgeAndCommit(parts.gateway, REQUEST, judge)).toMatchObject({
      code: 'service_unavailable',
    });
    expect(parts.committed).toEqual([]);
  });

  test('with the store away nobody is judged', async () => {
    const parts = surroundings(['committed'], false);
    const judge: Judge = async () => {
      throw new Error('judged');
    };
    expect(await judgeAndCommit(parts.gateway, REQUEST, judge)).toMatchObject({
      code: 'service_unavailable',
    });
  });
});
