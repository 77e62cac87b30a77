import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type PostgresServer, startPostgres } from '@nyxera/federation-testing/postgres';
import { temporaryDirectory } from '@nyxera/federation-testing/temporary-directory';
import { fuzzFeedback } from '../src/feedback/run-feedback.ts';
import { fuzzGateway } from '../src/gateway/run-gateway.ts';
import { fuzzIntake } from '../src/intake/run-intake.ts';
import { type AgentBug, type GatewayBug, plantInAgent, plantInGateway } from '../src/plant-bug.ts';

const directory = temporaryDirectory('planted');
let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres({ fast: true });
});
afterAll(async () => {
  await postgres.stop();
  directory.remove();
});

/** No promise about time; a machine that is busy must not look like a bug that was not found. */
const PATIENCE_MS = 300_000;

const kinds = (failures: readonly { readonly kind: string }[]): readonly string[] => [
  ...new Set(failures.map(({ kind }) => kind)),
];

describe('the fuzzer finds a bug that is planted in the gateway', () => {
  const cases: readonly [GatewayBug, kind: string, named: RegExp][] = [
    ['skip-canonical-check', 'oracle', /accepted 20[02], where non_canonical_json was due/],
    ['skip-header-agreement', 'oracle', /accepted 20[02], where signed_header_mismatch was due/],
    ['throw-on-right-to-left', '5xx', /500 .*internal_error/],
  ];
  test.each(cases)(
    '%s',
    async (bug, kind, named) => {
      const world = { build: plantInGateway(bug, directory.path), postgres };
      const { failures } = await fuzzGateway({ seed: 'planted', cases: 1500, maxFailures: 1, world });
      const found = failures.find((failure) => failure.kind === kind && named.test(failure.detail));
      // Made smaller, and told so that it can be made again.
      expect(found).toMatchObject({ suite: 'gateway', seed: 'planted', number: expect.any(Number) });
    },
    PATIENCE_MS,
  );

  test(
    'keep-every-body: what is held grows, and nothing else is wrong',
    async () => {
      const world = { build: plantInGateway('keep-every-body', directory.path), postgres };
      const { failures } = await fuzzGateway({ seed: 'planted', cases: 300, sampleEvery: 12, world });
      expect(kinds(failures)).toEqual(['memory']);
    },
    PATIENCE_MS,
  );
});

describe('the fuzzer finds a bug that is planted in the agent', () => {
  const load = async (bug: AgentBug, module: string): Promise<unknown> =>
    import(pathToFileURL(join(plantInAgent(bug, directory.path), 'dist', module)).href);

  test('skip-binding-check: an answer to another query is taken', async () => {
    const { acceptFeedback: accept } = (await load('skip-binding-check', 'feedback/accept-feedback.js')) as {
      acceptFeedback: NonNullable<Parameters<typeof fuzzFeedback>[0]['accept']>;
    };
    expect(kinds(fuzzFeedback({ seed: 'planted', cases: 500, maxFailures: 1, accept }).failures)).toContain(
      'accepted',
    );
  });

  test('forget-the-nonce: an answer that is taken claims no nonce', async () => {
    const { acceptFeedback: accept } = (await load('forget-the-nonce', 'feedback/accept-feedback.js')) as {
      acceptFeedback: NonNullable<Parameters<typeof fuzzFeedback>[0]['accept']>;
    };
    expect(kinds(fuzzFeedback({ seed: 'planted', cases: 500, maxFailures: 1, accept }).failures)).toContain(
      'nonce',
    );
  });

  test('throw-on-deep-value: the intake throws', async () => {
    const { buildEvents: build } = (await load('throw-on-deep-value', 'intake/index.js')) as {
      buildEvents: NonNullable<Parameters<typeof fuzzIntake>[0]['build']>;
    };
    const { failures } = fuzzIntake({ seed: 'planted', casesPerFormat: 500, maxFailures: 1, build });
    expect(kinds(failures)).toContain('throws');
  });
});
