import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { runCommand } from '../cli/run-command.ts';
import type { Received } from '../support/client.ts';
import { startTestGateway } from '../support/gateway.ts';
import { newNonce, telemetry } from '../support/requests.ts';
import { until } from '../support/served-process.ts';
import { createWorkersWorld, sendApart, type WorkersWorld } from './world.ts';

/** Where requests can be sent that different processes, or different machines, answer. */
interface Several {
  /** The n-th request goes to the n-th, and round again, each over a connection of its own. */
  send(requests: Parameters<typeof sendApart>[2]): Promise<Received[]>;
  readonly databaseUrl: string;
  /** How many of them have answered a request so far, by their own logs. */
  answered(): number;
  close(): Promise<void>;
}

// Each test starts several processes; on a machine with other work that alone takes its time.
jest.setTimeout(240_000);

let world: WorkersWorld;
beforeAll(async () => {
  world = await createWorkersWorld();
});
afterAll(() => world.close());

async function twoWorkers(changes: Record<string, string>): Promise<Several> {
  const served = await world.serve({ VV_TG_WORKERS: '2', VV_TG_LOG_LEVEL: 'debug', ...changes });
  const isAnswer = ({ message }: Readonly<Record<string, unknown>>) =>
    message === 'request.accepted' || message === 'request.refused';
  return {
    send: (requests) => sendApart(world.federation, served.listen, requests),
    databaseUrl: served.databaseUrl,
    answered: () =>
      new Set(
        served
          .lines()
          .filter(isAnswer)
          .map(({ worker }) => worker),
      ).size,
    close: async () => void (await served.stop()),
  };
}

async function twoGateways(changes: Record<string, string>): Promise<Several> {
  const databaseUrl = await world.postgres.createDatabase();
  const start = () => startTestGateway(world.federation, { DATABASE_URL: databaseUrl, ...changes });
  const gateways = [await start(), await start()];
  return {
    send: async (requests) =>
      (
        await Promise.all(
          requests.map((request, index) =>
            sendApart(world.federation, gateways[index % 2]?.listen ?? '', [request]),
          ),
        )
      ).flat(),
    databaseUrl,
    answered: () =>
      gateways.filter(({ lines }) =>
        lines().some(({ message }) => message === 'request.accepted' || message === 'request.refused'),
      ).length,
    close: async () => void (await Promise.all(gateways.map((gateway) => gateway.close()))),
  };
}

function outcomes(answers: readonly Received[]): string[] {
  return answers.map(({ status, json }) => `${status} ${json.errors?.[0]?.error_code ?? ''}`.trim()).sort();
}

describe.each([
  ['two workers', twoWorkers],
  ['two gateways on one database', twoGateways],
])('what holds across processes: %s', (_name, start) => {
  test('one nonce, sent to both at once and many times: exactly one 202', async () => {
    const several = await start({});
    const nonces = Array.from({ length: 4 }, () => newNonce());
    for (const nonce of nonces) {
      const request = telemetry(world.federation, {}, { nonce });
      const answers = await several.send(Array.from({ length: 6 }, () => request));
      expect(outcomes(answers)).toEqual(['202', ...Array(5).fill('409 replay_detected')]);
    }
    await until(() => several.answered() === 2, 'both have answered');
    await several.close();
  });

  test('the rate of an operator is one for both', async () => {
    const perMinute = 4;
    const several = await start({ VV_TG_RATE_LIMIT_PER_MINUTE: String(perMinute) });
    const began = Date.now();
    const requests = Array.from({ length: 16 }, () => telemetry(world.federation));
    const answers = outcomes(await several.send(requests));
    const refilled = Math.ceil(((Date.now() - began) / 60_000) * perMinute);
    const accepted = answers.filter((outcome) => outcome === '202').length;
    // A bucket in each process would let twice as many pass.
    expect(accepted).toBeGreaterThanOrEqual(perMinute);
    expect(accepted).toBeLessThanOrEqual(perMinute + refilled);
    expect(answers.filter((outcome) => outcome !== '202')).toEqual(
      Array(16 - accepted).fill('429 rate_limited'),
    );
    await several.close();
  });

  test('a key that is revoked is revoked in both', async () => {
    const several = await start({});
    const four = () => Array.from({ length: 4 }, () => telemetry(world.federation));
    expect(outcomes(await several.send(four()))).toEqual(Array(4).fill('202'));
    const { kid } = world.federation.telemetry.publicKey;
    const environment = { DATABASE_URL: several.databaseUrl };
    const revoked = await runCommand(environment, ['key', 'revoke', kid, '--reason', 'leak', '--json']);
    expect(revoked.exitCode).toBe(0);
    // At once: whatever a process still believes, the commit compares.
    expect(outcomes(await several.send(four()))).toEqual(Array(4).fill('401 signature_invalid'));
    await several.close();
  });
});
