import pg from 'pg';
import { BARE_INSERT, makeRows } from './bare-insert-rows.ts';
import type { EventSource } from './source-events.ts';

/**
 * Events a second that a bare multi-row insert stores, durably, into the tables of the gateway: prepared statement,
 * one connection, parameters made beforehand. `requests` x `perRequest` events go down in one statement.
 */
export async function measureInsert(
  databaseUrl: string,
  source: EventSource,
  shape: { readonly run: string; readonly requests: number; readonly perRequest: number },
  effort: { readonly insertSeconds: number; readonly statementsPerRound: number },
): Promise<number> {
  const { insertSeconds: seconds, statementsPerRound } = effort;
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const perStatement = shape.requests * shape.perRequest;
  let next = 0;
  let stored = 0;
  let spent = 0;
  try {
    for (let round = 0; spent < seconds; round += 1) {
      const statements = Array.from({ length: statementsPerRound }, () => {
        const parameters = makeRows(source, shape.run, next, shape.requests, shape.perRequest);
        next += perStatement;
        return [...parameters];
      });
      const started = performance.now();
      for (const values of statements) {
        await client.query({ name: 'bench-bare-insert', text: BARE_INSERT, values });
      }
      // The first round warms the server's caches and plans.
      if (round === 0) continue;
      spent += (performance.now() - started) / 1000;
      stored += statementsPerRound * perStatement;
    }
  } finally {
    await client.end();
  }
  return stored / spent;
}
