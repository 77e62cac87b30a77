/** Events and findings: from the list to what proves a row, and a finding that is judged. */
import { describe, expect, test } from '@jest/globals';
import { openConsole, theWorld } from './harness.ts';
import { OPERATOR, TENANT } from './world/actors.ts';

/** The first event of a severity whose finding nobody else's spec is about. */
async function anEvent(severity: string): Promise<{ event_id: string; request_id: string }> {
  const [event] = await theWorld().sql<{ event_id: string; request_id: string }>(
    `SELECT event_id, request_id FROM federation.events WHERE tenant_id = $1 AND operator_id = $2 AND severity = $3
      AND event_type NOT LIKE 'HOSTILE%' ORDER BY accepted_at LIMIT 1`,
    [TENANT, OPERATOR, severity],
  );
  if (event === undefined) throw new Error(`the world has no ${severity} event`);
  return event;
}

const placeOf = (event: string): string =>
  `/events/one?${new URLSearchParams({ tenant: TENANT, operator: OPERATOR, event })}`;

describe('events', () => {
  test('are filtered by the address, opened by keyboard, and verified in the browser down to the signed log', async () => {
    const { page, goto, settled } = await openConsole('analyst');
    await goto('/events');
    await page.getByLabel('Severity').selectOption('critical');
    await page.waitForURL((url) => url.searchParams.get('severity') === 'critical');
    const rows = page.getByRole('grid', { name: 'Events' }).locator('[role="rowgroup"] [role="row"]');
    // The address changes before the rows do.
    await rows.filter({ hasNotText: 'critical' }).first().waitFor({ state: 'detached' });
    await settled();
    await rows.first().waitFor();
    expect(new Set(await rows.locator('[role="gridcell"]:nth-child(2)').allTextContents())).toEqual(
      new Set([expect.stringContaining('critical')]),
    );
    await rows.first().focus();
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/events\/one\?/);
    await settled();
    const verdict = page.locator('[data-verdict="ok"]').first();
    await verdict.waitFor();
    await page.getByText('The signed log proves that it was accepted.').waitFor();
    const checks = page.locator('[data-check]');
    expect(await checks.evaluateAll((all) => all.map((one) => one.getAttribute('data-verdict')))).toEqual(
      expect.not.arrayContaining(['bad']),
    );
    expect(await checks.count()).toBe(12);
    await page.getByRole('tab', { name: 'Hex' }).click();
    expect(await page.getByLabel('Signed bytes in hex').textContent()).toMatch(/^00000000 {2}3\d 3\d/);
    const link = page.locator('dd a[href*="/audit/"]');
    const sequence = (await link.textContent())?.replaceAll(/\D/g, '');
    await link.click();
    await page.getByRole('heading', { name: `Entry ${sequence}` }).waitFor();
  });

  test('whose row was changed in the database are said to be invalid', async () => {
    const { page, goto } = await openConsole('officer');
    const { event_id: event, request_id: request } = await anEvent('low');
    const change = (sql: string) =>
      theWorld().sql(`UPDATE federation.evidence SET body = ${sql} WHERE request_id = $1`, [request]);
    const seen = async (): Promise<string> => {
      await goto(placeOf(event));
      return (await page.locator('main [role="status"][data-verdict]').textContent()) ?? '';
    };
    expect(await seen()).toMatch(/Valid/);
    try {
      await change(`set_byte(body, 40, get_byte(body, 40) # 1)`);
      expect(await seen()).toMatch(/INVALID/);
      expect(await page.locator('[data-check="signature"]').getAttribute('data-verdict')).toBe('bad');
    } finally {
      await change(`set_byte(body, 40, get_byte(body, 40) # 1)`);
    }
    await theWorld().sql(`UPDATE federation.events SET severity = 'info' WHERE event_id = $1`, [event]);
    try {
      expect(await seen()).toMatch(/INVALID/);
      expect(await page.locator('[data-check="row"]').textContent()).toMatch(/severity/);
    } finally {
      await theWorld().sql(`UPDATE federation.events SET severity = 'low' WHERE event_id = $1`, [event]);
    }
    expect(await seen()).toMatch(/Valid/);
  });

  test('a filter that makes no sense is said beside its field; nothing found says what to do', async () => {
    const { page, goto, tolerate } = await openConsole('viewer');
    tolerate(/status of 400/);
    await goto('/events?fingerprint=abc');
    await page.getByText('64 hex digits', { exact: true }).waitFor();
    await goto('/events?campaign=there-is-none');
    await page.getByText('No event matches').waitFor();
  });
});

describe('a finding', () => {
  test('is closed by an analyst with a reason, which stands in its history; a viewer is not offered it', async () => {
    const { event_id: event } = await anEvent('high');
    const place = `/findings/one?${new URLSearchParams({ tenant: TENANT, operator: OPERATOR, finding: `fnd-${event}` })}`;
    const viewer = await openConsole('viewer');
    await viewer.goto(place);
    expect(await viewer.page.getByRole('button', { name: 'Close' }).count()).toBe(0);
    const { page, goto } = await openConsole('analyst');
    await goto(place);
    for (const [button, status] of [
      ['Close', 'closed'],
      ['Reopen', 'open'],
    ] as const) {
      await page.getByRole('button', { name: button, exact: true }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Reason').fill(`${status}, says the spec`);
      await dialog.getByRole('button', { name: `${button} the finding` }).click();
      await dialog.waitFor({ state: 'hidden' });
      await page.getByText(`${status}, says the spec`).first().waitFor();
      await page
        .locator('dd')
        .filter({ hasText: new RegExp(`${status}$`) })
        .first()
        .waitFor();
    }
  });
});
