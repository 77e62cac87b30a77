/** A one-time link, as the command `vectorvue-gateway console` makes it. */
import { createHash, randomBytes } from 'node:crypto';
import pg from 'pg';

export async function sql<Row extends pg.QueryResultRow>(
  databaseUrl: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<Row>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

const INSERT = `INSERT INTO federation.console_links (token_sha256, name, role, tenants, made_by, made_at, expires_at)
VALUES ($1, $2, $3, $4, 'cli:harness', now(), now() + interval '2 minutes')`;

// TODO(i7-core): by the command, as soon as it is there.
export async function linkByHand(
  databaseUrl: string,
  origin: string,
  role: string,
  tenants: readonly string[],
): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  const hash = createHash('sha256').update(token, 'utf8').digest();
  await sql(databaseUrl, INSERT, [hash, `test-${role}`, role, tenants.length === 0 ? null : tenants]);
  return `${origin}/console/#${token}`;
}
