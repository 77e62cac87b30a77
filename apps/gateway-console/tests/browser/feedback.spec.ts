/** Feedback: what lives and why, a large graph to walk through, and an adjustment that an analyst issues and ends. */
import { describe, expect, test } from '@jest/globals';
import { openConsole } from './harness.ts';
import { LARGE_GRAPH_NODES, LARGE_GRAPH_TARGET } from './world/large-graph.ts';

describe('feedback', () => {
  test('adjustments stand on a time line and in a table; a row opens by keys and says why it is there and whom it reached', async () => {
    const { page, goto } = await openConsole('viewer');
    await goto('/feedback');
    await page.getByRole('img', { name: /^Life spans of \d+ adjustments/ }).waitFor();
    await page.getByText('now', { exact: true }).waitFor();
    await page.getByRole('grid', { name: 'Adjustments' }).getByRole('row').nth(1).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: /^Adjustment \d+$/ }).waitFor();
    for (const part of [
      'What it says',
      'What it does to an agent’s policy',
      'Who was answered while it was sent',
    ]) {
      await page.getByRole('region', { name: part }).waitFor();
    }
    expect(await page.getByRole('button', { name: /Shorten|Withdraw/ }).count()).toBe(0);
  }, 60_000);

  test('a graph of 5,000 nodes is drawn, walked by keys, searched, and is a list as well', async () => {
    const { page, goto, axe } = await openConsole('viewer', { dark: true });
    await goto(`/feedback?tab=graphs&target=${encodeURIComponent(LARGE_GRAPH_TARGET)}`);
    await page.getByRole('grid', { name: 'Graphs' }).getByRole('row').nth(1).click();
    const canvas = page.getByRole('application', { name: new RegExp(`${LARGE_GRAPH_NODES} nodes`) });
    await canvas.waitFor();
    await canvas.focus();
    const said = page.getByRole('status').filter({ hasText: /edges in/ });
    await page.keyboard.press('ArrowRight');
    const first = await said.textContent();
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction((before) => !document.body.textContent?.includes(before), first ?? '');
    // What is drawn is more than one colour: the picture is there.
    await page.waitForFunction(
      (element) => {
        const drawn = element as HTMLCanvasElement;
        const { data } = drawn.getContext('2d')?.getImageData(0, 0, drawn.width, drawn.height) ?? {
          data: [],
        };
        return new Set(Array.from(data).filter((_, index) => index % 4 === 0)).size > 10;
      },
      await canvas.elementHandle(),
      { polling: 200 },
    );
    await page.getByRole('searchbox', { name: 'Find' }).fill('n4321');
    await page.getByText(`1 of ${LARGE_GRAPH_NODES.toLocaleString('en-GB')} nodes`).waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('region', { name: 'Selected node' }).getByText('n4321').first().waitFor();
    await page.waitForURL((url) => url.searchParams.get('node') === '4321');
    await page.getByRole('tab', { name: 'List' }).click();
    await page.getByRole('grid', { name: 'Nodes' }).getByRole('row').filter({ hasText: 'n4321' }).waitFor();
    expect(await axe()).toEqual([]);
  }, 90_000);

  test('an analyst issues, shortens and withdraws an adjustment, each with a reason; a field’s fault stands beside it', async () => {
    const { page, goto, tolerate, axe } = await openConsole('analyst');
    tolerate(/status of 400/);
    await goto('/feedback/issue');
    await page.getByRole('grid', { name: 'Graphs to issue for' }).getByRole('row').nth(1).click();
    await page.getByLabel('Action').selectOption('observe');
    await page.getByLabel('Confidence').fill('1');
    await page.getByLabel('Lives for').selectOption('86400');
    await page.getByLabel('Rationale').fill('Seen by hand.');
    await page.getByLabel('Reason').fill('ticket 4711');
    expect(await axe()).toEqual([]);
    await page.getByRole('button', { name: 'Issue', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: /^Adjustment \d+$/ }).waitFor();
    await page.getByText('ticket 4711').waitFor();

    await page.getByRole('button', { name: 'Shorten…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Ends at').fill('2020-01-01 00:00');
    await dialog.getByLabel('Reason').fill('calmer now');
    await dialog.getByRole('button', { name: 'Shorten' }).click();
    await dialog.getByText(/lies in the past/).waitFor();
    const soon = await page.evaluate(() => {
      const at = new Date(Date.now() + 3_600_000);
      const two = (number: number) => String(number).padStart(2, '0');
      return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
    });
    await dialog.getByLabel('Ends at').fill(soon);
    await dialog.getByRole('button', { name: 'Shorten' }).click();
    await page.getByText('calmer now').waitFor();
    await page.getByRole('button', { name: 'Withdraw…' }).click();
    await dialog.getByLabel('Reason').fill('false alarm');
    await dialog.getByRole('button', { name: 'Withdraw' }).click();
    await page.getByText('false alarm').waitFor();
    await page.getByText('It is not sent any more.').waitFor();
    expect(await page.getByRole('button', { name: /Shorten|Withdraw/ }).count()).toBe(0);
  }, 90_000);
});
