/** Refusals and security events: what was refused and why, and what was sent only to who may, on purpose. */
import { describe, expect, test } from '@jest/globals';
import { openConsole, theWorld } from './harness.ts';
import { TENANT } from './world/actors.ts';

const LOOKED = `SELECT disclosure FROM federation.audit_log WHERE action = 'console.refused_body.read' ORDER BY sequence DESC LIMIT 1`;

describe('refusals', () => {
  test('from the list to the meaning by keys alone; what was sent takes a reason, and that is in the audit log', async () => {
    const { page, goto, settled } = await openConsole('operator');
    await goto('/refusals?code=schema_version_unsupported');
    await page.getByRole('region', { name: 'Schema version unsupported' }).waitFor();
    await page.getByRole('grid', { name: 'Refusals' }).getByRole('row').nth(1).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/refusals\/\d+/);
    await settled();
    await page.getByText('VV_TG_ALLOWED_SCHEMA_VERSIONS').waitFor();
    expect(await page.locator('body').textContent()).not.toContain('console-schema');

    await page.getByRole('button', { name: 'Show the body…' }).press('Enter');
    await page.getByLabel('Reason').fill('looked at by a spec');
    await page.getByRole('button', { name: 'Show the body', exact: true }).press('Enter');
    await page.getByText('console-schema').first().waitFor();
    await page.getByRole('button', { name: 'As hex' }).press('Enter');
    await page.getByText('00000000  7b 22').waitFor();
    const [entry] = await theWorld().sql<{ disclosure: string }>(LOOKED);
    expect(entry?.disclosure).toContain('looked at by a spec');
  });

  test('an analyst is told that a body is kept, and is offered no button', async () => {
    const { page, goto } = await openConsole('analyst', { tenants: [TENANT] });
    await goto('/refusals?code=schema_version_unsupported');
    await page.getByRole('grid', { name: 'Refusals' }).getByRole('row').nth(1).click();
    await page.getByText(/Operators and security officers can look at them/).waitFor();
    expect(await page.getByRole('button', { name: /Show the body/ }).count()).toBe(0);
  });

  test('a filter that makes no sense is said beside its field, and a list without rows says what that means', async () => {
    const { page, goto, tolerate } = await openConsole('officer');
    tolerate(/status of 400/);
    await goto('/refusals?identity=nobody-at-all');
    await page.getByText('No refusal matches', { exact: false }).waitFor();
    await goto('/refusals?from=yesterday');
    await page.getByText('Write a date and time like 2026-01-31 08:00.').waitFor();
  });

  test('security events by level, with what is only counted', async () => {
    const { page, goto } = await openConsole('officer');
    await goto('/security?level=high');
    await page.getByRole('button', { name: /signature_invalid/ }).waitFor();
    await page.getByRole('region', { name: 'Only counted' }).getByText('tls_handshake_failed').waitFor();
    await page.getByRole('button', { name: /signature_invalid/ }).click();
    await page.waitForURL(/code=signature_invalid/);
    await page.getByRole('region', { name: 'Signature invalid' }).getByText('What to do').waitFor();
  });
});
