/** Coming in, and what happens when a session is over. */
import { describe, expect, test } from '@jest/globals';
import { openConsole, openSignedOut, signIn, theWorld } from './harness.ts';

const PLACE = '/refusals?code=replay_detected';
const END_ALL = `UPDATE federation.console_sessions SET ended_at = now(), ended_by = 'test' WHERE name = $1`;

async function endSessions(role: string): Promise<void> {
  await theWorld().sql(END_ALL, [`test-${role}`]);
}

describe('a session', () => {
  test('is opened by a one-time link, whose token is left nowhere, and which works once', async () => {
    const { page, context, settled, tolerate } = await openSignedOut();
    const link = await theWorld().link('operator', []);
    await page.goto(link);
    await page.waitForURL(`${theWorld().origin}/console/`);
    await settled();
    await page.getByRole('button', { name: /test-operator/ }).waitFor();
    const kept = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href]),
    );
    expect(kept).not.toContain(link.slice(-43));
    await context.clearCookies();
    tolerate(/status of 40[13]/);
    const second = await context.newPage();
    await second.goto(link);
    await second.getByText('This did not sign you in').waitFor();
  });

  test('without one, every place leads to the sign-in page', async () => {
    const { page, goto } = await openSignedOut();
    await goto(PLACE);
    await page.waitForURL((url) => url.pathname === '/console/sign-in');
    await page.getByText('vectorvue-gateway console').waitFor();
  });

  test('that is over while one looks: sign-in, and by another link in the same tab back to the same place', async () => {
    const { page, goto, settled, tolerate } = await openConsole('operator', { freshSession: true });
    tolerate(/status of 401/);
    await goto(PLACE);
    const address = page.url();
    await endSessions('operator');
    await page.reload();
    await page.waitForURL(/\/console\/sign-in/);
    await page.getByText(/session has ended/i).waitFor();
    await page.goto(await theWorld().link('operator', []));
    await page.waitForURL(address);
    await settled();
  });

  test('that is opened in another tab is noticed by the one that waits', async () => {
    const { page, context, goto, tolerate } = await openConsole('operator', { freshSession: true });
    tolerate(/status of 401/);
    await goto(PLACE);
    const address = page.url();
    await endSessions('operator');
    await page.reload();
    // The page listens from when it is shown; its address is there before.
    await page.getByText(/session has ended/i).waitFor();
    await signIn(context, 'operator', []);
    await page.evaluate(() => window.dispatchEvent(new Event('focus')));
    await page.waitForURL(address);
  });

  test('ends when one signs out, for the page and for its cookie', async () => {
    const { page, context, goto, tolerate } = await openConsole('viewer', { freshSession: true });
    tolerate(/status of 401/);
    await goto('/');
    const cookies = await context.cookies();
    await page.getByRole('button', { name: /test-viewer/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.waitForURL(/\/console\/sign-in/);
    await context.addCookies(cookies);
    const answer = await context.request.get(`${theWorld().origin}/console/api/v1/session`);
    expect([answer.status(), ((await answer.json()) as { code: string }).code]).toEqual([
      401,
      'session_required',
    ]);
  });
});
