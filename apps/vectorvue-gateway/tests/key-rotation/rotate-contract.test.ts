import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startPostgres } from '@nyxera/federation-testing';
import { Registry } from 'prom-client';
import { rotateWhatIsDue, startRotationJob } from '../../src/key-rotation/rotation-job.ts';
import { createLogger } from '../../src/logging.ts';
import { runCommand } from '../cli/run-command.ts';
import { type Received, send } from '../support/client.ts';
import { createFederation, type Federation, IDENTITY, TENANT } from '../support/federation.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { declared, exchange, keySet } from '../support/key-sets.ts';
import { type Prepared, query } from '../support/requests.ts';

const DAY = 86_400_000;
const logger = createLogger('error', process.stderr);

interface Rotation {
  readonly state: string;
  readonly kid: string;
  readonly confirmed: boolean;
  readonly forced: boolean;
  readonly peers: readonly { readonly identity: string; readonly confirmed: boolean }[];
  readonly unknown: readonly string[];
  readonly retire_at: string | null;
}

for (const kind of ['postgres', 'embedded'] as const) {
  describe(`the rotation of feedback keys on ${kind}`, () => {
    let federation: Federation;
    let gateway: TestGateway;
    let environment: Record<string, string>;
    let dataDir: string;
    const endings: (() => unknown)[] = [];

    beforeAll(async () => {
      federation = await createFederation();
      endings.unshift(() => federation.remove());
      dataDir = String(federation.environment.VV_TG_DATA_DIR);
      environment = { VV_TG_DATA_DIR: dataDir };
      if (kind === 'postgres') {
        const postgres = await startPostgres({ fast: true });
        endings.unshift(() => postgres.stop());
        environment.DATABASE_URL = await postgres.createDatabase();
      }
      gateway = await startTestGateway(federation, environment);
      endings.unshift(() => gateway.close());
    });
    afterAll(async () => {
      for (const end of endings) await end();
    });

    const post = (prepared: Prepared): Promise<Received> => send(federation, gateway.listen, prepared);
    const rotate = async (...more: string[]): Promise<Rotation> => {
      const finished = await runCommand(environment, ['key', 'rotate', ...more, '--json']);
      const { rotation } = finished.json as { rotation: Rotation };
      // Whoever only looks is done; whoever rotates is when the key signs.
      const waits = rotation.state === 'published' && !more.includes('--status');
      expect([finished.exitCode, finished.stderr]).toEqual([waits ? 2 : 0, '']);
      return rotation;
    };
    const agentExchanges = async (...confirmed: string[]) => {
      const keys = await keySet(federation.telemetry, [declared(federation.telemetry)]);
      const received = await post(exchange(federation, keys, { confirmed }));
      expect(received.status).toBe(200);
      const payload = Buffer.from(String(received.json.keys).split('.')[1] ?? '', 'base64url').toString();
      const set = JSON.parse(payload) as { keys: { kid: string; state: string; exp?: number }[] };
      return new Map(set.keys.map((key) => [key.kid, key]));
    };
    /** Which key signs now; the trust that says so may take a moment to arrive. */
    const signerBecomes = async (kid: string): Promise<void> => {
      for (let round = 0; round < 500; round += 1) {
        const received = await post(query(federation));
        expect(received.status).toBe(200);
        if (received.json.kid === kid) return;
      }
      throw new Error(`${kid} never signed`);
    };
    const auditedOf = (kids: readonly string[]) =>
      gateway.db.query<{ action: string; kid: string }>(
        {
          name: 'test-rotation-story',
          text: `SELECT action, kid FROM audit_log WHERE kid = ANY ($1::text[]) AND action LIKE 'key.%' AND action <> 'key.exchange' ORDER BY sequence`,
        },
        [kids],
      );
    const audited = async (kid: string): Promise<readonly string[]> =>
      (await auditedOf([kid])).map(({ action }) => action);
    const job = (nowMs: number) =>
      rotateWhatIsDue({ db: gateway.db, logger, dataDir, now: () => nowMs, random: () => 0.5 });

    test('nobody has confirmed: published, and the old key goes on signing', async () => {
      const published = await rotate();
      expect(published).toMatchObject({
        state: 'published',
        confirmed: false,
        unknown: [IDENTITY],
        peers: [],
      });
      expect(await rotate()).toEqual(published);
      await signerBecomes('default');
    });

    test('an agent that loads it confirms it; then it signs, and the old one ends after the overlap', async () => {
      const { kid } = await rotate('--status');
      const told = await agentExchanges('default');
      // May verify already, though it does not sign yet: no answer is refused when it does.
      expect(told.get(kid)?.state).toBe('active');
      expect(await rotate()).toMatchObject({
        state: 'published',
        peers: [{ identity: IDENTITY, confirmed: false }],
      });
      await agentExchanges('default', kid);
      const active = await rotate('--reason', 'test');
      expect(active).toMatchObject({ state: 'active', confirmed: true, forced: false, unknown: [] });
      await signerBecomes(kid);
      const after = await agentExchanges('default', kid);
      expect(after.get('default')?.state).toBe('retiring');
      expect((after.get('default')?.exp ?? 0) * 1000).toBeGreaterThan(Date.now() + 6 * DAY);
      // Running it again does not begin another one while two are taken.
      expect(await rotate()).toEqual(active);
      expect(await audited(kid)).toEqual([
        'key.import.feedback',
        'key.rotate.prepare',
        'key.rotate.publish',
        'key.activate',
        'key.rotate.activate',
      ]);
      // Whichever kid comes first in the alphabet, the next one is activated before the old one retires.
      expect((await auditedOf(['default', kid])).slice(-3)).toEqual([
        { action: 'key.activate', kid },
        { action: 'key.retire', kid: 'default' },
        { action: 'key.rotate.activate', kid },
      ]);
    });

    test('a tenant’s own key is rotated apart; force says so, and a revoked next key is abandoned', async () => {
      const first = await rotate('--tenant', TENANT);
      expect(first.state).toBe('published');
      const told = await agentExchanges();
      expect(told.get(first.kid)?.state).toBe('active');
      const forced = await rotate('--tenant', TENANT, '--force');
      expect(forced).toMatchObject({ state: 'active', kid: first.kid, confirmed: false, forced: true });
      await signerBecomes(first.kid);
      expect(await audited(first.kid)).toContain('key.rotate.force');

      const next = await rotate('--tenant', TENANT, '--again');
      expect(next.kid).not.toBe(first.kid);
      const revoke = ['key', 'revoke', next.kid, '--reason', 'leaked', '--json'];
      expect((await runCommand(environment, revoke)).exitCode).toBe(0);
      // Without a key that is pending there is nothing to activate, not even by force.
      const finished = await runCommand(environment, [
        'key',
        'rotate',
        '--tenant',
        TENANT,
        '--force',
        '--json',
      ]);
      expect((finished.json as { rotation: Rotation }).rotation).toMatchObject({
        state: 'abandoned',
        kid: next.kid,
      });
      await signerBecomes(first.kid);
      expect((await agentExchanges()).get(next.kid)?.state).toBe('revoked');
    });

    test('a schedule: begun once by whoever is first, told of when nobody confirms, and gone on with', async () => {
      const start = Date.now();
      const scheduled = ['key', 'rotate', '--schedule', '90d', '--confirm-within', '3d', '--json'];
      expect((await runCommand(environment, scheduled)).exitCode).toBe(0);
      const before = await rotate('--status');
      await job(start + 80 * DAY);
      expect((await rotate('--status')).kid).toBe(before.kid);

      await Promise.all([job(start + 91 * DAY), job(start + 91 * DAY), job(start + 91 * DAY)]);
      const begun = await rotate('--status');
      expect(begun).toMatchObject({ state: 'published', peers: [{ confirmed: false }] });
      expect(begun.kid).not.toBe(before.kid);
      expect(await audited(begun.kid)).toEqual([
        'key.import.feedback',
        'key.rotate.prepare',
        'key.rotate.publish',
      ]);
      const [{ n = 0 } = {}] = await gateway.db.query<{ n: number }>({
        name: 'test-rotations',
        text: `SELECT count(*)::int AS n FROM key_rotations WHERE scheduled`,
      });
      expect(n).toBe(1);

      const late = start + 95 * DAY;
      await job(late);
      await job(late + 1000);
      expect((await audited(begun.kid)).filter((action) => action === 'key.rotate.unconfirmed')).toHaveLength(
        1,
      );
      const registry = new Registry();
      const parts = { db: gateway.db, logger, registry, dataDir, now: () => late, random: () => 0 };
      const running = startRotationJob(parts);
      expect(await registry.metrics()).toContain('vectorvue_key_rotations_unconfirmed 1');
      await running[Symbol.asyncDispose]();
      await gateway.db.query({
        name: 'test-late',
        text: `UPDATE key_rotations SET alert_at = started_at - interval '1000 days' WHERE state = 'published'`,
      });
      const doctor = await runCommand(environment, ['doctor', '--json']);
      const checks = (doctor.json as { checks: { name: string; status: string }[] }).checks;
      expect(checks).toContainEqual(expect.objectContaining({ name: 'key rotation', status: 'fault' }));

      await agentExchanges(begun.kid);
      await job(late + 2000);
      expect(await rotate('--status')).toMatchObject({ state: 'active', kid: begun.kid, forced: false });
      await job(late + 10 * DAY);
      expect(await rotate('--status')).toMatchObject({ state: 'retired', kid: begun.kid });
      const off = await runCommand(environment, ['key', 'rotate', '--schedule', 'off', '--json']);
      expect(off.json).toMatchObject({ schedule: null });
      expect(existsSync(join(dataDir, 'keys'))).toBe(true);
    });
  });
}
