import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { generateKeyFile, openSigner } from '@nyxera/federation-key-custody';
import {
  cosignatureVerifier,
  type Ed25519PublicKey,
  encodeBase64,
  getSignatureInput,
  type JsonObject,
  openNote,
  parseNote,
  verifyEd25519,
} from '@nyxera/federation-protocol';
import { adjustment, type FeedbackKey, feedbackKey, signAnswer } from '../feedback/sign-answer.ts';
import { logKey, TestLog, verifierKey } from '../witness/test-log.ts';
import { type AgentFixture, createAgentFixture, TENANT } from './agent-fixture.ts';
import { ANY_PATH, type Answer, problem, QUERY, type Received } from './gateway-stand-in.ts';
import type { Ran } from './run-agent.ts';
import { runInProcess } from './run-in-process.ts';

const TARGET = 'urn:target:ip:10.0.0.5';
const AUDIT = '/internal/v1/audit/';
const CHECKPOINT = `${AUDIT}checkpoint`;
const COSIGNATURE = `${AUDIT}cosignature`;

let fixture: AgentFixture;
let key: FeedbackKey;
let log: TestLog;
let witness: Ed25519PublicKey;
let serial = 0;

beforeEach(async () => {
  fixture = await createAgentFixture();
  key = feedbackKey('kid-1');
  log = TestLog.of(300);
  const witnessKey = join(fixture.path, 'keys', 'witness.key');
  witness = await generateKeyFile(witnessKey);
  Object.assign(fixture.environment, {
    VECTORVUE_FEEDBACK_VERIFY_KEYS_JSON: JSON.stringify({ 'kid-1': key.publicKey.toBase64() }),
    VECTORVUE_AUDIT_LOG_KEY: verifierKey(log.key),
    VECTORVUE_FEDERATION_WITNESS_KEY_PATH: witnessKey,
  });
  fixture.gateway.handlers.set(QUERY, answerQuery);
});
afterEach(() => fixture.close());

/** A deny of the target, signed and bound. */
function answerQuery(request: Received): Answer {
  serial += 1;
  const now = Math.floor(Date.now() / 1000);
  const data: JsonObject[] = [adjustment(TENANT, now, { target_urn: TARGET, action: 'deny' })];
  const body = signAnswer({
    key,
    tenantId: TENANT,
    requestNonce: String(request.body.nonce),
    signedAt: now,
    nonce: `witness-nonce-${serial}-0000000`,
    data,
  });
  return { status: 200, body };
}

/** The stand-in serves this log at this size, and takes cosignatures. */
function serve(of: TestLog, size: number): void {
  const { handlers } = fixture.gateway;
  handlers.set(CHECKPOINT, () => ({ status: 200, body: of.checkpoint(size) }));
  handlers.set(COSIGNATURE, () => ({ status: 200, body: { status: 'accepted' } }));
  handlers.set(ANY_PATH, ({ path }) => {
    const bytes = path.startsWith(AUDIT) ? of.tileAt(path.slice(AUDIT.length)) : null;
    return bytes === null ? problem(404, 'not_found') : { status: 200, body: bytes };
  });
}

const run = (...args: readonly string[]): Promise<Ran> => runInProcess(fixture.environment, args);
const feedback = (): Promise<Ran> => run('feedback', 'pull', '--json');
const pull = (): Promise<Ran> => run('witness', 'pull', '--json');
const asked = (): string[] => fixture.gateway.received.map((one) => one.path);
async function isDenied(): Promise<boolean> {
  const evaluated = await run('policy', 'evaluate', '--tenant', TENANT, '--target', TARGET, '--json');
  return evaluated.last?.allow === false;
}
async function security(): Promise<string[]> {
  const listed = (await run('security', 'list', '--json')).last as { entries: { code: string }[] };
  return listed.entries.map((one) => one.code);
}
async function expectRefused(code: string, exitCode = 2): Promise<void> {
  const before = await isDenied();
  const refused = await feedback();
  expect(refused.last).toMatchObject({ accepted: false, recorded: 0, code });
  expect(refused.code).toBe(exitCode);
  expect(asked()).not.toContain(QUERY);
  expect(await isDenied()).toBe(before);
}

describe('a log that is whole', () => {
  test('is witnessed before the query; the checkpoint is cosigned once, under the name of the identity', async () => {
    serve(log, 300);
    const first = await feedback();
    expect(first.stderr).toBe('');
    expect(first.last).toMatchObject({
      accepted: true,
      recorded: 1,
      witness: { outcome: 'witnessed', size: 300, previous_size: null, cosigned: 'taken' },
    });
    expect(await isDenied()).toBe(true);
    expect(asked()).toEqual([CHECKPOINT, COSIGNATURE, QUERY]);
    const handed = fixture.gateway.received[1]?.body;
    expect(handed).toMatchObject({ size: 300 });
    const note = parseNote(log.checkpoint(300));
    if (!note.ok) throw new Error(note.code);
    const cosigned = openNote(`${note.value.text}\n${handed?.cosignature}\n`, [
      cosignatureVerifier('agent-1', witness),
    ]);
    expect(cosigned.ok).toBe(true);

    expect((await feedback()).last).toMatchObject({ witness: { previous_size: 300, cosigned: 'known' } });
    expect(asked().filter((path) => path === COSIGNATURE)).toHaveLength(1);
  });

  test('every GET is signed over its path, with a nonce of its own and no body', async () => {
    serve(log, 200);
    await pull();
    serve(log, 300);
    expect((await pull()).last).toMatchObject({ previous_size: 200, size: 300 });
    const gets = fixture.gateway.received.filter((one) => one.method === 'GET');
    expect(gets.length).toBeGreaterThan(3);
    const signer = await openSigner(fixture.environment.VECTORVUE_FEDERATION_SIGNING_KEY_PATH ?? '');
    if (!signer.ok) throw new Error(signer.code);
    const publicKey = await signer.value.publicKey();
    for (const { path, headers } of gets) {
      const timestamp = Number(headers['x-telemetry-timestamp']);
      const input = getSignatureInput(timestamp, String(headers['x-telemetry-nonce']), path);
      const signature = Buffer.from(String(headers['x-telemetry-signature']), 'base64');
      expect(verifyEd25519(publicKey, input, new Uint8Array(signature))).toBe(true);
      expect(headers).not.toHaveProperty('content-length');
      expect(headers).toMatchObject({ 'x-service-identity': 'agent-1' });
    }
    expect(new Set(gets.map(({ headers }) => headers['x-telemetry-nonce'])).size).toBe(gets.length);
    await signer.value.close();
  });

  test('whose cosignature the gateway does not take is witnessed all the same', async () => {
    serve(log, 300);
    fixture.gateway.handlers.set(COSIGNATURE, () => problem(401, 'signature_invalid'));
    const pulled = await pull();
    expect(pulled.last).toMatchObject({
      outcome: 'witnessed',
      code: 'signature_invalid',
      cosigned: 'failed',
    });
    expect(pulled.code).toBe(2);
    expect((await feedback()).last).toMatchObject({ accepted: true });
    // It is tried again, and said to be done when it is.
    serve(log, 300);
    expect((await pull()).last).toMatchObject({ cosigned: 'taken' });
  });

  test('without a witness key it is verified and not cosigned', async () => {
    serve(log, 300);
    delete fixture.environment.VECTORVUE_FEDERATION_WITNESS_KEY_PATH;
    const pulled = await pull();
    expect(pulled.last).toMatchObject({ outcome: 'witnessed', cosigned: 'none' });
    expect(pulled.code).toBe(0);
  });

  test('a gateway that is busy is asked again', async () => {
    serve(log, 300);
    let busy = 2;
    fixture.gateway.handlers.set(CHECKPOINT, () => {
      busy -= 1;
      return busy >= 0
        ? { ...problem(429, 'rate_limited'), headers: { 'retry-after': '0' } }
        : { status: 200, body: log.checkpoint(300) };
    });
    expect((await pull()).last).toMatchObject({ outcome: 'witnessed' });
  });
});

describe('a gateway without a log', () => {
  test('is not witnessed, and its feedback applied; where a log is required it is not', async () => {
    expect((await feedback()).last).toMatchObject({
      accepted: true,
      witness: { outcome: 'unwitnessed', code: 'no_log' },
    });
    expect((await pull()).code).toBe(2);
    fixture.gateway.received.length = 0;
    fixture.environment.VECTORVUE_AUDIT_REQUIRED = '1';
    await expectRefused('audit_no_log');
  });

  test('of which no key is known is not even asked', async () => {
    delete fixture.environment.VECTORVUE_AUDIT_LOG_KEY;
    expect((await feedback()).last).toMatchObject({ accepted: true, witness: { code: 'no_key' } });
    expect(asked()).toEqual([QUERY]);
    fixture.environment.VECTORVUE_AUDIT_REQUIRED = '1';
    const ran = await feedback();
    expect(ran.code).toBe(78);
    expect(ran.stderr).toContain('VECTORVUE_AUDIT_LOG_KEY');
  });

  test('that had one when it was asked before is refused', async () => {
    serve(log, 300);
    await pull();
    fixture.gateway.received.length = 0;
    fixture.gateway.handlers.delete(CHECKPOINT);
    await expectRefused('audit_log_missing');
    expect(await security()).toEqual(['audit_log_missing']);
  });
});

describe('what cannot be shown is refused and convicts nobody', () => {
  beforeEach(async () => {
    serve(log, 200);
    await pull();
    fixture.gateway.received.length = 0;
  });

  test('tiles that do not come, with and without the fault of the network', async () => {
    serve(log, 300);
    const any = fixture.gateway.handlers.get(ANY_PATH);
    fixture.gateway.handlers.set(ANY_PATH, () => problem(500, 'internal_error'));
    await expectRefused('internal_error');
    expect(await security()).toEqual([]);
    fixture.gateway.handlers.set(ANY_PATH, () => problem(404, 'not_found'));
    await expectRefused('not_found');
    expect(await security()).toEqual(['not_found']);
    if (any !== undefined) fixture.gateway.handlers.set(ANY_PATH, any);
    expect((await feedback()).last).toMatchObject({ accepted: true, witness: { previous_size: 200 } });
  });

  test('tiles of another tree than the signed one', async () => {
    serve(log, 300);
    const other = TestLog.of(300, (n) => `forged ${n}`);
    fixture.gateway.handlers.set(ANY_PATH, ({ path }) => ({
      status: 200,
      body: other.tileAt(path.slice(AUDIT.length)) ?? new Uint8Array(0),
    }));
    await expectRefused('proof_mismatch');
    expect((await run('witness', 'status', '--json')).last).toMatchObject({ forks: [] });
  });

  test('a checkpoint by another key, of another form, or not UTF-8', async () => {
    serve(new TestLog(log.entries, logKey()), 300);
    await expectRefused('note_unsigned');
    fixture.gateway.handlers.set(CHECKPOINT, () => ({ status: 200, body: '<html>' }));
    await expectRefused('note_malformed');
    fixture.gateway.handlers.set(CHECKPOINT, () => ({ status: 200, body: new Uint8Array([0xff, 0x0a]) }));
    await expectRefused('note_malformed');
  });

  test('a gateway that is away', async () => {
    await fixture.gateway.close();
    const refused = await feedback();
    expect(refused.last).toMatchObject({ accepted: false, code: 'ECONNREFUSED' });
    expect(refused.code).toBe(2);
  });

  test('a log of another name, or none, at a gateway whose log is known', async () => {
    const origin = 'other.example/audit';
    const other = new TestLog(log.entries, log.key, origin);
    serve(other, 300);
    fixture.environment.VECTORVUE_AUDIT_LOG_KEY = verifierKey(log.key, origin);
    await expectRefused('checkpoint_origin_mismatch');
    delete fixture.environment.VECTORVUE_AUDIT_LOG_KEY;
    await expectRefused('checkpoint_origin_mismatch');
    const reset = await run('witness', 'reset', '--reason', 'they changed the name of their log', '--json');
    expect(reset.last).toMatchObject({ reset: true, forgotten_size: 200, forks_cleared: 0 });
    expect((await feedback()).last).toMatchObject({ accepted: true });
  });
});

describe('a log that contradicts itself', () => {
  const rewritten = (): TestLog => TestLog.of(300, (n) => (n === 7 ? 'another past' : `entry ${n}`), log.key);

  test.each([
    ['a tree that goes on from another past', 'tree_forked', () => serve(rewritten(), 300)],
    ['another root for the same size', 'tree_forked', () => serve(rewritten(), 200)],
    ['a smaller tree', 'tree_shrunk', () => serve(log, 199)],
  ])('%s: no feedback from then on, whoever asks and however often', async (_name, code, lie) => {
    serve(log, 200);
    await feedback();
    expect(await isDenied()).toBe(true);
    lie();
    fixture.gateway.received.length = 0;
    await expectRefused('audit_fork_detected', 1);
    expect(asked()).not.toContain(COSIGNATURE);

    // Honest again, and still refused: without a word to the gateway.
    serve(log, 300);
    fixture.gateway.received.length = 0;
    await expectRefused('audit_fork_detected', 1);
    expect(asked()).toEqual([]);
    delete fixture.environment.VECTORVUE_AUDIT_LOG_KEY;
    await expectRefused('audit_fork_detected', 1);
    expect(await security()).toEqual(['audit_fork_detected']);

    const status = await run('status');
    expect(status.stdout).toContain('ALERT: audit_fork_detected');
    expect(status.code).toBe(2);
    const shown = await run('witness', 'status');
    expect(shown.stdout).toContain(code);
    expect(shown.stdout).toContain(log.checkpoint(200).trimEnd());
    expect(shown.code).toBe(1);
    const doctor = await run('doctor', '--json');
    expect(doctor.last?.checks).toContainEqual(expect.objectContaining({ name: 'audit log', state: 'fail' }));
  });

  test('is taken again only after a reset with a reason, which stays beside the evidence', async () => {
    serve(log, 200);
    await pull();
    serve(rewritten(), 300);
    expect((await pull()).code).toBe(1);
    for (const reason of [[], ['--reason', ''], ['--reason', '  ']]) {
      expect((await run('witness', 'reset', ...reason)).code).toBe(2);
    }
    await expectRefused('audit_fork_detected', 1);
    const reset = await run('witness', 'reset', '--reason', 'restored, by telephone', '--json');
    expect(reset.last).toMatchObject({ reset: true, forks_cleared: 1 });
    expect((await feedback()).last).toMatchObject({
      accepted: true,
      witness: { size: 300, previous_size: null },
    });
    expect((await run('witness', 'status', '--json')).last).toMatchObject({
      forks: [{ code: 'tree_forked', cleared_reason: 'restored, by telephone' }],
    });
    expect(await security()).toEqual(['witness_reset', 'audit_fork_detected']);
    expect((await run('witness', 'reset', '--reason', 'x', '--log', 'unknown')).code).toBe(1);
  });
});

test('the telemetry key is not taken for a witness key', async () => {
  serve(log, 300);
  fixture.environment.VECTORVUE_FEDERATION_WITNESS_KEY_PATH =
    fixture.environment.VECTORVUE_FEDERATION_SIGNING_KEY_PATH ?? '';
  const ran = await pull();
  expect(ran.code).toBe(78);
  expect(ran.stderr).toContain('one key serves one purpose');
});

test('no private key is in what the commands say or keep', async () => {
  serve(log, 300);
  const ran = await pull();
  const pem = readFileSync(fixture.environment.VECTORVUE_FEDERATION_WITNESS_KEY_PATH ?? '', 'utf8');
  const secret = pem.split('\n')[1] ?? '';
  expect(secret.length).toBeGreaterThan(40);
  const state = readFileSync(join(fixture.path, 'data', 'agent.db')).toString('latin1');
  for (const text of [ran.stdout, ran.stderr, state]) expect(text).not.toContain(secret);
  expect(encodeBase64(witness.raw)).not.toBe(secret);
});
