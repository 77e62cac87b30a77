import { Writable } from 'node:stream';
import { type AssembledGateway, assembleGateway } from '../../src/accept/assemble-gateway.ts';
import type { Clock } from '../../src/accept/gateway.ts';
import { loadConfig } from '../../src/config.ts';
import { createLogger } from '../../src/logging.ts';
import type { Federation } from './federation.ts';
import { prepareMigrated } from './prepare-migrated.ts';

export interface TestGateway extends AssembledGateway {
  /** Every log line so far, parsed. */
  readonly lines: () => readonly Record<string, unknown>[];
  readonly log: () => string;
  /** Rows of `federation.<table>`. */
  count(table: string): Promise<number>;
  /** Audit entries with that request id. */
  audit(requestId: string): Promise<readonly AuditRow[]>;
}

export interface AuditRow {
  readonly class: string;
  readonly code: string;
  readonly action: string;
  readonly actor: string;
  readonly tenant_id: string | null;
  readonly kid: string | null;
}

/** What no refusal may leave anything in. */
export const EFFECT_TABLES = ['events', 'findings', 'evidence', 'graphs', 'adjustments'] as const;

/** A whole gateway on ports of its own, from the environment as an operator would write it. */
export async function startTestGateway(
  federation: Federation,
  changes: Readonly<Record<string, string>> = {},
  clock: Clock = { now: () => Date.now() },
): Promise<TestGateway> {
  const environment: Readonly<Record<string, string>> = { ...federation.environment, ...changes };
  if (environment.DATABASE_URL === undefined) await prepareMigrated(environment.VV_TG_DATA_DIR ?? '');
  const config = await loadConfig(environment);
  if (!config.ok) throw new Error(JSON.stringify(config.faults));
  let log = '';
  const output = new Writable({
    write(chunk, _encoding, done) {
      log += String(chunk);
      done();
    },
  });
  const logger = createLogger('debug', output);
  const gateway = await assembleGateway(config.value, { logger, clock, stop: new AbortController().signal });
  return {
    ...gateway,
    log: () => log,
    lines: () =>
      log
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    count: async (table) => {
      const [row] = await gateway.db.query<{ n: number }>({
        name: `test-count-${table}`,
        text: `SELECT count(*)::int AS n FROM ${table}`,
      });
      return row?.n ?? -1;
    },
    audit: (requestId) =>
      gateway.db.query<AuditRow>(
        {
          name: 'test-audit',
          text: 'SELECT class, code, action, actor, tenant_id, kid FROM audit_log WHERE request_id = $1 ORDER BY sequence',
        },
        [requestId],
      ),
  };
}
