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
});
