import type { Database } from '../../src/store/database.ts';
import { withLoginSession } from '../../src/store/login-session.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { keepingLogger, type TestStore } from './stores.ts';

/** What a reader's login sees, by its own connection where there is one, else by session authorization. */
export async function asLogin(
  store: TestStore,
  login: string,
  work: (db: Pick<Database, 'query'>) => Promise<void>,
): Promise<void> {
  const { url } = store;
  if (url === null) {
    await withLoginSession(store.db, async (session) => {
      await session.script(
        `SET SESSION AUTHORIZATION ${login}; SET ROLE vectorvue_read; SET search_path = federation`,
      );
      try {
        await work(session);
      } finally {
        await session.script(
          'RESET SESSION AUTHORIZATION; RESET vectorvue.tenant; SET search_path = federation',
        );
      }
    });
    return;
  }
  const address = new URL(url);
  address.username = login;
  address.password = 'secret';
  const db = await openDatabase({
    databaseUrl: address.href,
    dataDir: '',
    role: 'read',
    logger: keepingLogger(),
    poolSize: 1,
  });
  try {
    await work(db);
  } finally {
    await db.close();
  }
}
