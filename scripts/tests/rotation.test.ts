/**
 * Everything that vouches for anybody is replaced, one after the other, between the two programs as operators run them:
 * telemetry key, feedback key, client certificate, server certificate (PROTOCOL.md sections 2, 15 and 19). The agent
 * delivers from its spool in one process for the whole time. Nothing that it asks for is refused, and the audit log
 * tells the story.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type PostgresServer, startPostgres } from '@nyxera/federation-testing/postgres';
import { runProgram } from '../demo/processes.ts';
import { askAgent, askGateway, buildWorld, IDENTITY, portOf, TENANT, type World } from '../demo/world.ts';
import { type Load, spooled, startLoad } from './continuous-load.ts';
import { type GatewayBooks, openBooks } from './gateway-books.ts';
import { type SlowLink, startSlowLink } from './slow-link.ts';

/** Programs start many times on a busy machine. Not a claim about speed. */
jest.setTimeout(300_000);

const WORKERS = 2;
/** Events that must arrive after a change, so that every connection and both workers have met it. */
const ENOUGH = 40;
/** Every answer comes so much later: it is proven that the load never ends, and nothing of how much one machine carries. */
const ANSWER_LATER_MS = 100;
const root = mkdtempSync(join(tmpdir(), 'nyxera-rotation-'));
let postgres: PostgresServer;
let world: World;
let books: GatewayBooks;
let link: SlowLink;
let load: Load | null = null;

beforeAll(async () => {
  postgres = await startPostgres();
  const databaseUrl = await postgres.createDatabase();
  const overrides = { VV_TG_RATE_LIMIT_PER_MINUTE: '0', VV_TG_WORKERS: String(WORKERS) };
  const made = await buildWorld(root, databaseUrl, overrides);
  link = await startSlowLink(Number(portOf(made.gateway.listen)), ANSWER_LATER_MS);
  const agentEnvironment = {
    ...withPinsInFile(made),
    VECTORVUE_FEDERATION_URL: `https://localhost:${link.port}`,
    // Two requests at a time: as many as there are workers.
    SPECTRASTRIKE_CONCURRENCY: '2',
  };
  world = { ...made, agentEnvironment };
  books = await openBooks(databaseUrl, world.gateway.adminListen);
});
afterAll(async () => {
  await load?.kill();
  await link?.close();
  await books?.close();
  await world?.gateway.stop();
  await postgres?.stop();
  rmSync(root, { recursive: true, force: true });
});

/** As `peer add` leaves it: the gateway's pin in the settings file, where `peer pin` changes it. */
function withPinsInFile(made: World): World['agentEnvironment'] {
  const OWN = 'VECTORVUE_FEDERATION_CLIENT_CERT_SHA256';
  const SERVER = 'VECTORVUE_FEDERATION_SERVER_CERT_SHA256';
  const file = join(root, 'agent.env');
  writeFileSync(file, `${SERVER}=${made.serverCertificate.sha256}\n`, { mode: 0o600 });
  const { [OWN]: _own, [SERVER]: _server, ...rest } = made.agentEnvironment;
  return { ...rest, SPECTRASTRIKE_CONFIG_FILE: file };
}

/** What vouched before, and what does now: kids, or fingerprints. */
interface Replaced {
  readonly old: string;
  readonly next: string;
}

test('keys and certificates of both ends are replaced under load: nothing is refused, and the audit log tells it', async () => {
  const first = join(root, 'first.jsonl');
  writeFileSync(first, `${JSON.stringify(criticalEvent())}\n`);
  expect(await askAgent<object>(world, ['send', first])).toMatchObject({ delivered: 1, pending: 0 });
  const before = await books.number('SELECT max(sequence) FROM audit_log');

  load = await startLoad(world);
  await load.nextPull();
  const telemetry = await rotateTelemetryKey(load);
  const feedback = await rotateFeedbackKey(load);
  const client = await renewClientCertificate(load);
  const server = await renewServerCertificate(load);
  const delivery = await load.stop();

  // The agent's books: the one process came to its end, with one attempt an event, each of them taken.
  expect(delivery).toMatchObject({ exitCode: 0, summary: { quarantined: 0, duplicates: 0, pending: 0 } });
  const sent = spooled(world);
  expect(sent).toEqual({ events: sent.events, delivered: sent.events, attempts: sent.events, duplicates: 0 });
  expect(load.log().filter(({ level }) => level !== 'info')).toEqual([]);
  expect(await askAgent<object>(world, ['security', 'list'])).toMatchObject({ entries: [] });

  // The gateway's: as many events were accepted as attempts were made, and each is stored once.
  const requests = await books.rows(
    `SELECT action, code, count(*)::int AS n FROM audit_log WHERE class <> 'trust' GROUP BY 1, 2 ORDER BY 1, 2`,
  );
  expect(requests).toEqual([
    { action: 'audit.checkpoint', code: 'accepted', n: 1 },
    // `certs renew` asking with the staged certificate before its pin was published: what it is meant to find out.
    { action: 'audit.checkpoint', code: 'peer_identity_rejected', n: 1 },
    { action: 'feedback.query', code: 'issued', n: load.pulledBy.length },
    { action: 'key.exchange', code: 'accepted', n: expect.any(Number) },
    { action: 'telemetry', code: 'accepted', n: sent.attempts },
  ]);
  expect(await books.refusals()).toEqual([
    'vectorvue_requests_total{endpoint="audit-checkpoint",code="peer_identity_rejected"} 1',
  ]);
  expect(
    await books.rows('SELECT count(*)::int AS n, count(DISTINCT event_id)::int AS ids FROM events'),
  ).toEqual([{ n: sent.events, ids: sent.events }]);

  // Each was really used for the load, the old one and then the next.
  const usedInOrder = async (column: string): Promise<readonly unknown[]> => {
    const used = await books.rows(
      `SELECT ${column} AS used FROM audit_log WHERE action = 'telemetry' GROUP BY 1 ORDER BY min(sequence)`,
    );
    return used.map((row) => row.used);
  };
  expect(await usedInOrder('kid')).toEqual([telemetry.old, telemetry.next]);
  expect(await usedInOrder('peer_sha256')).toEqual([client.old, client.next]);
  expect([...new Set(load.pulledBy)]).toEqual([feedback.old, feedback.next]);
  expect(server.next).not.toBe(server.old);

  await tellsTheStory(before, { telemetry, feedback, client, server });
  const { keys } = await askGateway<{ keys: { kid: string; state: string }[] }>(world, ['key', 'list']);
  expect(keys).toContainEqual(expect.objectContaining({ kid: telemetry.old, state: 'retiring' }));
  expect(await askGateway<object>(world, ['evidence', 'verify', '--all'])).toMatchObject({
    ok: true,
    ...{ checked: sent.events, valid: sent.events, valid_key_revoked: 0, invalid: 0 },
  });
});

async function rotateTelemetryKey(under: Load): Promise<Replaced> {
  const [used] = await books.rows('SELECT DISTINCT kid FROM evidence');
  const rotated = await askAgent<{ kid: string }>(world, ['key', 'rotate', '--overlap', '1h']);
  expect(rotated).toMatchObject({ state: 'active', unconfirmed: [] });
  await eventsArrive(under, `kid = '${rotated.kid}'`);
  return { old: String(used?.kid), next: rotated.kid };
}

async function rotateFeedbackKey(under: Load): Promise<Replaced> {
  const old = String(under.pulledBy.at(-1));
  const rotate = async (exitCode: number): Promise<{ readonly kid: string }> => {
    const args = ['key', 'rotate', '--overlap', '1h', '--reason', 'every 90 days'];
    return (await askGateway<{ rotation: { kid: string } }>(world, args, exitCode)).rotation;
  };
  const published = await rotate(2);
  expect(published).toMatchObject({ state: 'published', confirmed: false });
  expect(await askAgent<object>(world, ['key', 'exchange'])).toMatchObject({
    exchanges: [{ tenant_id: TENANT, outcome: 'exchanged' }],
  });
  expect(await rotate(0)).toMatchObject({ state: 'active', kid: published.kid, confirmed: true });
  while (under.pulledBy.at(-1) !== published.kid) await under.nextPull();
  return { old, next: published.kid };
}

async function renewClientCertificate(under: Load): Promise<Replaced> {
  const old = world.agentCertificate.sha256;
  const renew = renewal('client', 'extendedKeyUsage=clientAuth');
  const staged = await askAgent<{ next_sha256: string }>(world, renew, 2);
  const next = staged.next_sha256;
  await askGateway<object>(world, ['identity', 'pin', IDENTITY, next, '--next', '--reason', 'it is renewed']);
  expect(await askAgent<object>(world, renew)).toMatchObject({
    ...{ state: 'switched', sha256: next, old_sha256: old },
  });
  await eventsArrive(under, `peer_sha256 = '${next}'`);
  await under.nextPull();
  await askGateway<object>(world, ['identity', 'unpin', IDENTITY, old, '--reason', 'it was renewed']);
  await eventsArrive(under);
  return { old, next };
}

async function renewServerCertificate(under: Load): Promise<Replaced> {
  const old = world.serverCertificate.sha256;
  expect(await presented()).toEqual(new Set([old]));
  const renew = renewal('server', 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth');
  const staged = await runProgram('gateway', [...renew, '--json'], world.gatewayEnvironment);
  expect(staged).toMatchObject({ exitCode: 2, json: { state: 'staged' } });
  const { next_sha256: next } = staged.json as { readonly next_sha256: string };
  await changePins(under, ['peer', 'pin', next, '--next']);
  expect(await askGateway<object>(world, [...renew, '--confirmed'])).toMatchObject({
    ...{ state: 'switched', sha256: next },
  });
  await under.until('every worker presents the next certificate', async () => {
    const found = await presented();
    return found.size === 1 && found.has(next);
  });
  // Every connection that is made from here on sees the next one: for another it would not be made.
  await changePins(under, ['peer', 'unpin', old]);
  return { old, next };
}

/** The delivering process takes other pins by itself, and connects anew; every pull reads them at its start. */
async function changePins(under: Load, args: readonly string[]): Promise<void> {
  const taken = () => under.log().filter(({ message }) => message === 'tls.taken').length;
  const before = taken();
  await askAgent<object>(world, args);
  await under.until(`the pins of ${args.join(' ')} are taken`, () => taken() > before);
  await under.nextPull();
  await eventsArrive(under);
}

async function eventsArrive(under: Load, by = 'true'): Promise<void> {
  const arrived = () => books.number(`SELECT count(*) FROM audit_log WHERE action = 'telemetry' AND ${by}`);
  const before = await arrived();
  await under.until(`enough events arrive, ${by}`, async () => (await arrived()) >= before + ENOUGH);
}

/** `certs renew` with a CA as a command: OpenSSL. */
function renewal(name: string, extensions: string): readonly string[] {
  const file = join(root, `${name}-extensions.conf`);
  writeFileSync(file, `${extensions}\n`);
  const ca = join(root, 'pki', 'ca');
  const issue = `openssl x509 -req -days 200 -CA ${ca}.pem -CAkey ${ca}.key -CAcreateserial -CAserial ${root}/serial`;
  return ['certs', 'renew', '--exec', `${issue} -extfile ${file}`, '--before', '100d'];
}

/** Fingerprints of what every worker presents, as far as round robin tells: twice as many handshakes as there are. */
async function presented(): Promise<ReadonlySet<string>> {
  const { certPem: cert, keyPem: key } = world.otherCertificate;
  const at = { host: '127.0.0.1', port: Number(portOf(world.gateway.listen)), servername: 'localhost' };
  const shakeHands = (): Promise<string> =>
    new Promise((resolve, reject) => {
      let found = '';
      const socket = connect({ ...at, ca: world.caPem, cert, key });
      socket.once('error', reject);
      socket.once('close', () => resolve(found));
      socket.once('secureConnect', () => {
        const { fingerprint256 = '' } = socket.getPeerX509Certificate() ?? {};
        found = fingerprint256.replaceAll(':', '').toLowerCase();
        socket.end();
      });
    });
  return new Set(await Promise.all(Array.from({ length: 2 * WORKERS }, shakeHands)));
}

/** Who did what to which key or certificate, in which order, and why. Printed, because this is what an auditor reads. */
async function tellsTheStory(
  since: number,
  replaced: Readonly<Record<'telemetry' | 'feedback' | 'client' | 'server', Replaced>>,
): Promise<void> {
  const names = new Map(
    Object.entries(replaced).flatMap(([what, { old, next }]): [string, string][] => [
      [old, `${what}, old`],
      [next, `${what}, next`],
    ]),
  );
  const story = await books.trustSince(since);
  const named = story.map((entry) => ({ ...entry, of: names.get(entry.of) ?? entry.of }));
  for (const { at, actor, action, code, of, reason } of named) {
    process.stdout.write(`${[at, actor, action, code, `(${of})`, reason ?? '-'].join('  ')}\n`);
  }
  expect(new Set(story.map(({ code }) => code))).toEqual(new Set(['changed']));
  const steps = named.map(({ actor, action, of, reason }) => {
    const who = actor.startsWith('cli:') ? 'cli' : actor;
    return [who, action, of, reason?.replace(/[0-9]{9,}/, 'N') ?? null];
  });
  const set = 'key set N';
  expect(steps).toEqual([
    [IDENTITY, 'key.import.telemetry', 'telemetry, next', set],
    [IDENTITY, 'key.import.evidence', 'telemetry, next', set],
    // Once as the telemetry key and once as the evidence key, which it was too.
    ...['key.retire', 'key.retire', 'key.shorten', 'key.shorten'].map((action) => [
      ...[IDENTITY, action, 'telemetry, old', set],
    ]),
    ['cli', 'key.import.feedback', 'feedback, next', 'every 90 days'],
    ['cli', 'key.rotate.prepare', 'feedback, next', 'every 90 days'],
    ['cli', 'key.rotate.publish', 'feedback, next', 'every 90 days'],
    ['cli', 'key.activate', 'feedback, next', 'every 90 days'],
    ['cli', 'key.retire', 'feedback, old', 'every 90 days'],
    ['cli', 'key.rotate.activate', 'feedback, next', 'every 90 days'],
    ['cli', 'identity.pin', 'client, next', 'it is renewed'],
    ['cli', 'identity.unpin', 'client, old', 'it was renewed'],
    ['gateway:files', 'tls.reload', 'server, next', null],
  ]);
}

function criticalEvent(): object {
  return {
    event_id: 'rotation-first',
    event_type: 'ROTATION_TEST',
    source_system: 'test',
    severity: 'critical',
    observed_at: '2026-02-26T12:00:00Z',
    mitre_techniques: ['T1046'],
    attributes: { asset_ref: 'host-1', target_urn: 'urn:target:rotation' },
  };
}
