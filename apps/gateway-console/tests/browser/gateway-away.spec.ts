/** A gateway that restarts: said, waited for, and recovered from without a hand. Only where this run has the gateway. */
import { describe, expect, test } from '@jest/globals';
import { openConsole, theWorld } from './harness.ts';

describe('a gateway that restarts', () => {
  test('is said in a bar, and the page recovers by itself, in the same place and session', async () => {
    if (theWorld().isKept) return;
    const { page, goto, tolerate } = await openConsole('officer');
    tolerate(
      /ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|ERR_INCOMPLETE_CHUNKED|status of 503/,
    );
    await goto('/refusals');
    const address = page.url();
    // The code of views that were never opened is fetched when the first one is done.
    await page.waitForFunction(() =>
      performance.getEntriesByType('resource').some(({ name }) => /assets\/audit-.*\.js$/.test(name)),
    );
    await theWorld().stopGateway();
    const bar = page.getByText(/gateway does not answer/i).first();
    await page.getByRole('link', { name: 'Audit log' }).first().click();
    await bar.waitFor();
    await theWorld().startGateway();
    await bar.waitFor({ state: 'hidden' });
    await page.goBack();
    await page.locator('main h1').first().waitFor();
    expect(page.url()).toBe(address);
    expect(await page.getByText(/gateway does not answer/i).count()).toBe(0);
  }, 300_000);

  test('also where the code of a view could not be fetched: the page loads again in the same place', async () => {
    const { page, context, goto, tolerate } = await openConsole('officer');
    tolerate(/ERR_FAILED|Failed to fetch dynamically imported module|Unable to preload CSS/);
    const code = /\/assets\/audit-.*\.(js|css)$/;
    await context.route(code, (route) => route.abort());
    await goto('/refusals');
    await page.getByRole('link', { name: 'Audit log' }).first().click();
    await page
      .getByText(/gateway does not answer/i)
      .first()
      .waitFor();
    await context.unroute(code);
    await page.getByRole('heading', { name: 'Audit log', level: 1 }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/console/audit');
  }, 300_000);
});
