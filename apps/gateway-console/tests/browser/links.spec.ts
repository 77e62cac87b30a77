/** A link shows whoever opens it what the sender saw; and a filter that makes no sense says so beside its field. */
import { describe, expect, test } from '@jest/globals';
import { openConsole } from './harness.ts';

describe('links', () => {
  test('a filter stands in the address, and another reader who opens it sees the same rows', async () => {
    const sender = await openConsole('officer');
    await sender.goto('/refusals');
    await sender.page.getByLabel('Identity').fill('spectrastrike-agent-01');
    await sender.page.keyboard.press('Enter');
    await sender.page.waitForURL(/identity=/);
    // The address changes before the rows do.
    const others = sender.page.locator('[role="grid"] [role="rowgroup"] [role="row"]');
    await others.filter({ hasNotText: 'spectrastrike-agent-01' }).first().waitFor({ state: 'detached' });
    await sender.settled();
    const rows = (page: typeof sender.page): Promise<string[]> =>
      page.getByRole('grid').getByRole('row').allTextContents();
    const seen = await rows(sender.page);
    expect(seen.length).toBeGreaterThan(3);
    const reader = await openConsole('operator');
    const { pathname, search } = new URL(sender.page.url());
    await reader.goto(pathname.replace('/console', '') + search);
    expect(await rows(reader.page)).toEqual(seen);
    expect(await reader.page.getByLabel('Identity').inputValue()).toBe('spectrastrike-agent-01');
  });

  test('a filter that makes no sense is said beside its field, and the page stays of use', async () => {
    const { page, goto, tolerate } = await openConsole('officer');
    tolerate(/status of 400/);
    await goto('/refusals?from=yesterday-ish&identity=spectrastrike-agent-01');
    const field = page.getByLabel('From', { exact: true });
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    const described = (await field.getAttribute('aria-describedby')) ?? '';
    const fault = page.locator(
      described
        .split(' ')
        .map((id) => `[id="${id}"]`)
        .join(', '),
    );
    expect(await fault.first().textContent()).toMatch(/time|RFC 3339|date/i);
    await field.fill('');
    await field.press('Enter');
    await page.getByRole('grid').waitFor();
  });
});
