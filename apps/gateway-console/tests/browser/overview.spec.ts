/** The overview: live, complete, narrowed to who looks, and honest about what it does not know now. */
import { describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { openConsole } from './harness.ts';
import { OTHER_TENANT } from './world/actors.ts';

const OVERVIEW = '**/console/api/v1/overview';

/** The badge's word; "Not live" has another. */
const isLive = (page: Page): Promise<void> => page.getByRole('status').filter({ hasText: /Live/ }).waitFor();

describe('the overview', () => {
  test('is live, says what came in and why something was refused, and leads to it', async () => {
    const { page, goto, settled } = await openConsole('officer');
    await goto('/');
    await isLive(page);
    const accepted = page.getByText('Accepted, last minute').locator('..');
    await accepted.getByText(/in this hour/).waitFor();
    const [count = '0'] = /[\d,.]+(?= in this hour)/.exec((await accepted.textContent()) ?? '') ?? [];
    expect(Number(count.replace(/\D/g, ''))).toBeGreaterThan(0);
    await page.getByRole('img', { name: /Accepted, duplicates and refused/ }).waitFor();
    await page.getByRole('heading', { name: /wants? a hand/ }).waitFor();
    const why = page.getByRole('region', { name: 'Refused, and why' });
    await why.getByRole('link', { name: 'replay_detected' }).press('Enter');
    await page.waitForURL(/\/refusals\?.*code=replay_detected/);
    await settled();
    await page.getByRole('button', { name: /replay_detected/, pressed: true }).waitFor();
  });

  test('agents can be walked by keys, and an agent’s row opens its refusals', async () => {
    const { page, goto } = await openConsole('officer');
    await goto('/');
    const grid = page.getByRole('grid', { name: 'Agents' });
    await grid.getByRole('row').nth(1).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/refusals\?.*identity=/);
  });

  test('of a viewer is about its tenant: no latency, no certificate, and nothing of the log', async () => {
    const { page, goto } = await openConsole('viewer', { tenants: [OTHER_TENANT] });
    await goto('/');
    await isLive(page);
    const tenants = page.getByRole('region', { name: 'Tenants by volume' }).locator('tbody tr');
    // It is live before everything has come.
    await tenants.first().waitFor();
    expect(await tenants.count()).toBe(1);
    expect(await page.getByRole('heading', { name: 'Latency' }).count()).toBe(0);
  });

  test('says that it is not live while its line is cut, goes on by asking, and is live again by itself', async () => {
    const { page, goto, tolerate } = await openConsole('officer');
    tolerate(/overview\/live/);
    await page.route(`${OVERVIEW}/live*`, (route) => route.abort());
    await goto('/');
    await page.getByText(/Not live.*trying again/).waitFor();
    await page.getByRole('region', { name: 'Tenants by volume' }).locator('tbody tr').first().waitFor();
    await page.unroute(`${OVERVIEW}/live*`);
    await isLive(page);
  });
});
