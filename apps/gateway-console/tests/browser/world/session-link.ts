import pg from 'pg';
import { askGateway, type World } from '../../../../../scripts/demo/world.ts';

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

/** What `vectorvue-gateway console` prints. */
export async function oneTimeLink(
  demo: World,
  origin: string,
  role: string,
  tenants: readonly string[],
): Promise<string> {
  const scope = tenants.flatMap((tenant) => ['--tenant', tenant]);
  const args = ['console', '--role', role, ...scope, '--as', `test-${role}`, '--url', origin];
  return (await askGateway<{ link: string }>(demo, args)).link;
}
