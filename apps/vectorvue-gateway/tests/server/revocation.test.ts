import { Agent } from 'node:https';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type PostgresServer, startPostgres } from '@nyxera/federation-testing';
import {
  changeIdentityState,
  moveKey,
  pinIdentity,
  unmapTenant,
  unpinIdentity,
} from '../../src/trust/trust-store.ts';
import { send } from '../support/client.ts';
import { createFederation, type Federation, IDENTITY, OPERATOR } from '../support/federation.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { telemetry } from '../support/requests.ts';

const author = { actor: 'cli:test', reason: 'test', nowMs: Date.now() };

let federation: Federation;
let postgres: PostgresServer;
let one: TestGateway;
let two: TestGateway;

beforeAll(async () => {
  federation = await createFederation();
  postgres = await startPostgres({ fast: true });
  const database = { DATABASE_URL: await postgres.createDatabase() };
  one = await startTestGateway(federation, database);
  two = await startTestGateway(federation, database);
});
afterAll(async () => {
  await one?.close();
  await two?.close();
  await postgres.stop();
  federation.remove();
});

/** Changes go through gateway one's store; requests go to gateway two on one kept connection, at once. */
test('what is withdrawn is refused by every gateway, at once, also on open connections', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const codeOf = async (): Promise<string> => {
    const request = () => send(federation, two.listen, telemetry(federation), { agent });
    // The connection of a pin that was withdrawn is ended: a request that crosses with that goes over another one.
    const received = await request().catch(request);
    return received.json.errors?.[0]?.error_code ?? String(received.status);
  };
  try {
    expect(await codeOf()).toBe('202');

    const pin = { identity: IDENTITY, sha256: federation.client.sha256 };
    expect(await unpinIdentity(one.db, author, pin)).toMatchObject({ ok: true });
    expect(await codeOf()).toBe('peer_identity_rejected');
    const again = { ...pin, notBefore: null, notAfter: null, limits: null };
    expect(await pinIdentity(one.db, author, again)).toMatchObject({ ok: true });
    await settle(codeOf, '202');

    const suspended = { identity: IDENTITY, state: 'suspended' } as const;
    expect(await changeIdentityState(one.db, author, suspended)).toMatchObject({ ok: true });
    expect(await codeOf()).toBe('peer_identity_rejected');
    const resumed = { identity: IDENTITY, state: 'active' } as const;
    expect(await changeIdentityState(one.db, author, resumed)).toMatchObject({ ok: true });
    await settle(codeOf, '202');

    expect(await unmapTenant(one.db, author, { operatorId: OPERATOR })).toMatchObject({ ok: true });
    expect(await codeOf()).toBe('operator_not_mapped');

    const selector = {
      owner: IDENTITY,
      purpose: 'telemetry',
      kid: federation.telemetry.publicKey.kid,
    } as const;
    expect(await moveKey(one.db, author, 'revoke', selector)).toMatchObject({ ok: true });
    expect(await codeOf()).toBe('signature_invalid');
  } finally {
    agent.destroy();
  }
});

/** Trust that was given may take a moment; trust that was withdrawn may not. */
async function settle(codeOf: () => Promise<string>, code: string): Promise<void> {
  for (let round = 0; round < 50; round += 1) if ((await codeOf()) === code) return;
  throw new Error(`never ${code}`);
}
