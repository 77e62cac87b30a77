/** Links, users, sessions and logins under way: the same on both databases, by the commands and below them. */
import { expect, test } from '@jest/globals';
import { makeLink, useLink } from '../../src/console/session/links.ts';
import { listSessions } from '../../src/console/session/list-sessions.ts';
import { beginLogin, takeLogin } from '../../src/console/session/logins.ts';
import { findSession, startSession } from '../../src/console/session/sessions.ts';
import { newToken } from '../../src/console/session/token.ts';
import { findUserByCertificate, findUserBySubject } from '../../src/console/session/users.ts';
import { describeCommands } from '../cli/stores.ts';
import { rowsOf } from '../store/stores.ts';

const TENANT = '10000000-0000-4000-8000-00000000000a';
const PIN = 'ab'.repeat(32);
const TIMES = { idleSeconds: 60, absoluteSeconds: 120 };

describeCommands('people at the console', (run, store) => {
  test('a user is found by pin or subject, exactly; other rights end the sessions of before', async () => {
    const { db } = store();
    expect((await run('tenant', 'create', TENANT)).exitCode).toBe(0);
    const user = ['console', 'user', 'add', 'ann', '--role', 'viewer', '--tenant', TENANT];
    const ways = ['--certificate', PIN.toUpperCase(), '--issuer', 'https://id.example', '--subject', 'Ann'];
    expect((await run(...user, '--json')).json.error.code).toBe('usage');
    expect((await run(...user, ...ways)).exitCode).toBe(0);
    const ann = { name: 'ann', role: 'viewer', tenants: [TENANT], certificate_sha256: PIN };
    expect(await findUserByCertificate(db, PIN)).toMatchObject(ann);
    expect(await findUserBySubject(db, 'https://id.example', 'Ann')).toMatchObject(ann);
    expect(await findUserBySubject(db, 'https://id.example/', 'Ann')).toBeNull();
    expect(await findUserBySubject(db, 'https://id.example', 'ann')).toBeNull();
    expect((await run('console', 'user', 'list', '--json')).json.users).toMatchObject([ann]);

    const session = {
      name: 'ann',
      role: 'viewer',
      tenants: [TENANT],
      method: 'certificate',
      certificateSha256: PIN,
    } as const;
    const { token } = await startSession(db, session, TIMES, Date.now());
    expect(await findSession(db, token, PIN, Date.now())).toMatchObject({ name: 'ann', tenants: [TENANT] });
    expect(await findSession(db, token, null, Date.now())).toBeNull();
    const changed = await run(
      'console',
      'user',
      'add',
      'ann',
      '--role',
      'officer',
      '--certificate',
      PIN,
      '--json',
    );
    expect(changed.json.ended).toBe(1);
    expect(await findSession(db, token, PIN, Date.now())).toBeNull();
    expect((await run('console', 'user', 'remove', 'ann')).exitCode).toBe(0);
    expect((await run('console', 'user', 'remove', 'ann', '--json')).json.error.code).toBe('user_unknown');
  });

  test('a session is over by itself: idle, and whatever happens; a session is listed while it lives', async () => {
    const { db } = store();
    const session = {
      name: 'bob',
      role: 'operator',
      tenants: null,
      method: 'link',
      certificateSha256: null,
    } as const;
    const { token, sessionId } = await startSession(db, session, TIMES, 0);
    const alive = async (nowMs: number) => (await findSession(db, token, null, nowMs)) !== null;
    expect([await alive(59_000), await alive(60_000), await alive(118_000), await alive(119_999)]).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect((await listSessions(db, 119_999)).map((row) => row.session_id)).toEqual([sessionId]);
    expect([await alive(120_000), await listSessions(db, 120_000)]).toEqual([false, []]);
    const idle = await startSession(db, session, TIMES, 0);
    expect(await findSession(db, idle.token, null, 60_000)).toBeNull();
  });

  test('a link and a login are taken once, in time, and by whom they were made for; tokens are nowhere in the database', async () => {
    const { db } = store();
    const link = { name: 'cat', role: 'analyst', tenants: [TENANT] } as const;
    const [first, late] = [
      await makeLink(db, link, 'cli:tester', 0),
      await makeLink(db, link, 'cli:tester', 0),
    ];
    expect([await useLink(db, first, 119_999), await useLink(db, first, 119_999)]).toEqual([link, null]);
    expect(await useLink(db, late, 120_000)).toBeNull();
    const login = { state: newToken(), browser: newToken(), nonce: 'n', code_verifier: 'v' };
    await beginLogin(db, login, 0);
    expect(await takeLogin(db, login.state, newToken(), 1)).toBeNull();
    expect(await takeLogin(db, login.state, login.browser, 600_000)).toBeNull();
    expect(await takeLogin(db, login.state, login.browser, 1)).toEqual({ nonce: 'n', code_verifier: 'v' });
    expect(await takeLogin(db, login.state, login.browser, 1)).toBeNull();
    const kept = await rowsOf(
      db,
      'SELECT console_links::text AS kept FROM console_links UNION ALL SELECT console_sessions::text FROM console_sessions',
    );
    expect(JSON.stringify(kept)).not.toContain(first);
    expect(kept.length).toBeGreaterThan(0);
  });
});
