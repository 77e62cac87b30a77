/** Trust: looked at by everybody as far as it concerns them, changed by an officer who is shown first what it does. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { askGateway } from '../../../../scripts/demo/world.ts';
import { openConsole, theWorld } from './harness.ts';
import { OTHER_IDENTITY } from './world/actors.ts';

/** Of this file alone: what is ended here ends nothing of others. */
const OWN_TENANT = randomUUID();
const KID = `spec-${OWN_TENANT.slice(0, 8)}`;

async function open(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).first().click();
  await page.getByRole('dialog').waitFor();
}

/** What the gateway found, and then the confirmation. */
async function confirm(page: Page, button: string, typed: string | null): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Afterwards:').waitFor();
  if (typed !== null) await dialog.getByLabel(/^Type /).fill(typed);
  await dialog.getByLabel('Reason').fill('because of the spec');
  await dialog.getByRole('button', { name: button, exact: true }).click();
}

describe('trust', () => {
  test('a lost key tells its life: which states, when, by whom and why', async () => {
    const { page, goto } = await openConsole('officer');
    await goto(`/trust?kid=${theWorld().contents.revokedKid}`);
    const row = page.getByRole('row', { name: /telemetry-laptop/ });
    await row.getByRole('img', { name: /^active from .*, revoked from / }).waitFor();
    await row.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/trust\/keys\//);
    await page.getByRole('row', { name: /revoked.*laptop stolen in Lisbon/ }).waitFor();
  });

  test('a key is made and revoked: what it does is shown, the name has to be typed, and it is in the log', async () => {
    const { page, goto, settled, tolerate } = await openConsole('officer');
    tolerate(/status of 40[09]/);
    await askGateway(theWorld().demo, ['tenant', 'create', OWN_TENANT, '--name', 'Of the spec']);
    await goto('/trust');
    await open(page, 'Make a feedback key');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Tenants').fill('not a tenant');
    await dialog.getByRole('button', { name: 'See what it does' }).click();
    await dialog.getByText('a tenant id has the form 8-4-4-4-12 hex digits').waitFor();
    await dialog.getByLabel('Tenants').fill(OWN_TENANT);
    await dialog.getByLabel('Name').fill(KID);
    await dialog.getByText('Let it sign at once').click();
    await dialog.getByRole('button', { name: 'See what it does' }).click();
    await dialog.getByText(/Agents that do not know the new key yet/).waitFor();
    await confirm(page, 'Make a feedback key', null);
    await dialog.waitFor({ state: 'hidden' });

    await goto(`/trust?kid=${KID}`);
    await page.getByRole('row', { name: new RegExp(KID) }).click();
    await page.waitForURL(/\/trust\/keys\//);
    await settled();
    await open(page, 'Revoke');
    await dialog.getByText(/signed by the general key from then on/).waitFor();
    await confirm(page, 'Revoke', 'spec');
    await dialog.getByRole('alert').getByText(`type ${KID}`, { exact: true }).waitFor();
    // Somebody else changes trust while this one thinks.
    await askGateway(theWorld().demo, ['tenant', 'suspend', OWN_TENANT, '--reason', 'meanwhile']);
    await dialog.getByLabel(/^Type /).fill(KID);
    await dialog.getByRole('button', { name: 'Revoke', exact: true }).click();
    await dialog.getByText('trust_moved').waitFor();
    await dialog.getByRole('button', { name: 'Look again' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await open(page, 'Revoke');
    await confirm(page, 'Revoke', KID);
    await dialog.waitFor({ state: 'hidden' });
    await page.getByRole('row', { name: /revoked.*because of the spec/ }).waitFor();
    const entries = await theWorld().sql<{ actor: string }>(
      `SELECT actor FROM federation.audit_log WHERE action = 'key.revoke' AND kid = $1`,
      [KID],
    );
    expect(entries).toEqual([{ actor: 'console:test-officer' }]);
  }, 60_000);

  test('an analyst sees what concerns its tenant, and no action; an operator sees all, and no action', async () => {
    const { page, goto } = await openConsole('analyst');
    await goto('/trust');
    await page
      .getByRole('row', { name: /@gateway/ })
      .first()
      .waitFor();
    await page.getByRole('link', { name: 'Tenants', exact: true }).waitFor();
    expect(await page.getByRole('link', { name: 'Identities', exact: true }).count()).toBe(0);
    expect(await page.getByText(OTHER_IDENTITY).count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Make a feedback key' }).count()).toBe(0);
    const operator = await openConsole('operator');
    await operator.goto(`/trust/identities/${OTHER_IDENTITY}`);
    await operator.page.getByText('Certificates').first().waitFor();
    expect(await operator.page.getByRole('button', { name: /Suspend|Unpin|Pin/ }).count()).toBe(0);
  });
});
