import type pg from 'pg';

/** Of one table: what takes its indexes away, and what brings the very same back. */
const INDEXES = `SELECT 'ALTER TABLE federation.' || $1 || ' DROP CONSTRAINT ' || quote_ident(conname) AS gone,
       'ALTER TABLE federation.' || $1 || ' ADD CONSTRAINT ' || quote_ident(conname) || ' ' || pg_get_constraintdef(oid) AS back
  FROM pg_constraint WHERE conrelid = ('federation.' || $1)::regclass AND contype IN ('p', 'u')
UNION ALL
SELECT 'DROP INDEX ' || i.indexrelid::regclass, pg_get_indexdef(i.indexrelid)
  FROM pg_index AS i WHERE i.indrelid = ('federation.' || $1)::regclass
   AND NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid)`;

/** Building indexes after the rows takes a fraction of the time. If `work` fails they stay away: the database is ballast. */
export async function withoutIndexes(
  client: pg.Client,
  tables: readonly string[],
  work: () => Promise<void>,
): Promise<void> {
  const back: string[] = [];
  for (const table of tables) {
    const { rows } = await client.query<{ gone: string; back: string }>(INDEXES, [table]);
    for (const index of rows) await client.query(index.gone);
    back.push(...rows.map((index) => index.back));
  }
  await work();
  for (const statement of back) await client.query(statement);
}
