import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';

export interface Stored {
  readonly events: number;
  /** Of all tables of the gateway with their indexes and long values; without the write-ahead log. */
  readonly bytes: number;
}

const COUNT = `SELECT (SELECT count(*) FROM federation.events) AS events,
              (SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c
                WHERE c.relnamespace = 'federation'::regnamespace AND c.relkind = 'r') AS bytes`;

/** Asks the database itself, as its superuser, so that nothing of the gateway vouches for itself. */
export async function countStored(databaseUrl: string): Promise<Stored> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ events: string; bytes: string }>(COUNT);
    return { events: Number(rows[0]?.events), bytes: Number(rows[0]?.bytes) };
  } finally {
    await client.end();
  }
}

interface EmbeddedEngine {
  query<Row>(text: string): Promise<{ rows: Row[] }>;
  close(): Promise<void>;
}

/**
 * The same of an embedded database, opened by itself after its gateway has ended. The engine is the gateway's
 * dependency and not ours, so it is resolved from there.
 */
export async function countStoredEmbedded(dataDirectory: string): Promise<Stored> {
  const gateway = createRequire(new URL('../../../apps/vectorvue-gateway/package.json', import.meta.url));
  const module = (await import(pathToFileURL(gateway.resolve('@electric-sql/pglite')).href)) as {
    PGlite?: { create(options: { dataDir: string }): Promise<EmbeddedEngine> };
    default?: { PGlite: { create(options: { dataDir: string }): Promise<EmbeddedEngine> } };
  };
  const PGlite = module.PGlite ?? module.default?.PGlite;
  if (PGlite === undefined) throw new Error('the embedded engine has another form than expected');
  const engine = await PGlite.create({ dataDir: join(dataDirectory, 'embedded', 'pgdata') });
  try {
    const { rows } = await engine.query<{ events: unknown; bytes: unknown }>(COUNT);
    return { events: Number(rows[0]?.events), bytes: Number(rows[0]?.bytes) };
  } finally {
    await engine.close();
  }
}
