/** Everything by keyboard alone, and one always sees where one is. The mouse is never moved here. */
import { describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { openConsole } from './harness.ts';

/** What has the focus, and whether that is seen: an outline, or a shadow that stands for one. */
async function focused(page: Page): Promise<{ readonly what: string; readonly isSeen: boolean }> {
  return await page.evaluate(() => {
    const element = document.activeElement ?? document.body;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    const hasOutline = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0;
    const name = element.getAttribute('aria-label') ?? element.textContent ?? '';
    return {
      what: `${element.tagName} ${name.trim().slice(0, 40)}`,
      isSeen: hasOutline || boxShadow !== 'none',
    };
  });
}

describe('by keyboard alone', () => {
  test('the first stop skips to the content, and every further stop is seen', async () => {
    const { page, goto } = await openConsole('officer');
    await goto('/refusals');
    await page.keyboard.press('Tab');
    expect((await focused(page)).what).toMatch(/Skip to the content/);
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.closest('main') !== null)).toBe(true);
    const unseen: string[] = [];
    const stops = new Set<string>();
    for (let stop = 0; stop < 25; stop += 1) {
      await page.keyboard.press('Tab');
      const { what, isSeen } = await focused(page);
      stops.add(what);
      if (!isSeen && !what.startsWith('BODY')) unseen.push(what);
    }
    expect(unseen).toEqual([]);
    expect(stops.size).toBeGreaterThan(8);
  });

  test('from the overview to a refusal, by its filter and its table, and back', async () => {
    const { page, goto, settled } = await openConsole('officer');
    await goto('/');
    await page.keyboard.press('g');
    await page.keyboard.press('r');
    await page.getByRole('heading', { name: 'Refusals', level: 1 }).waitFor();
    await settled();
    await page.keyboard.press('/');
    expect(await page.evaluate(() => document.activeElement?.closest('search') !== null)).toBe(true);
    await page.getByLabel('Identity').focus();
    await page.keyboard.type('spectrastrike-agent-01');
    await page.keyboard.press('Enter');
    await page.waitForURL(/identity=spectrastrike-agent-01/);
    // The address changes before the rows do.
    const others = page.locator('[role="grid"] [role="rowgroup"] [role="row"]');
    await others.filter({ hasNotText: 'spectrastrike-agent-01' }).first().waitFor({ state: 'detached' });
    await settled();
    await page.getByRole('grid').locator('[role="row"][tabindex="0"]').focus();
    const first = await focused(page);
    await page.keyboard.press('j');
    const second = await focused(page);
    expect(second.what).not.toBe(first.what);
    expect(second.isSeen).toBe(true);
    await page.keyboard.press('k');
    expect((await focused(page)).what).toBe(first.what);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/console\/refusals\/.+/);
    await settled();
    // The browser's own key for it does nothing without a window.
    await page.goBack();
    await page.waitForURL(/identity=spectrastrike-agent-01/);
  });

  test('help says the keys, and gives the focus back', async () => {
    const { page, goto } = await openConsole('viewer');
    await goto('/');
    await page.keyboard.press('?');
    const help = page.getByRole('dialog', { name: 'Keyboard' });
    await help.waitFor();
    await page.keyboard.press('Escape');
    await help.waitFor({ state: 'hidden' });
  });
});
