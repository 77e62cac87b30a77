/** What holds for every view, whoever wrote it. */
import { describe, expect, test } from '@jest/globals';
import { details } from './details.ts';
import { openConsole } from './harness.ts';
import { VIEWS } from './views.ts';

const WIDE = 1280;
const NARROW = 390;

describe('every view', () => {
  test.each([
    ['light', WIDE],
    ['dark', NARROW],
  ] as const)(
    'is accessible (axe-core), %s at %i pixels, and does not scroll sideways',
    async (theme, width) => {
      const console = await openConsole('officer', { width, dark: theme === 'dark' });
      const faults: string[] = [];
      for (const { name, place } of [...VIEWS, ...(await details())]) {
        await console.goto(place);
        for (const violation of await console.axe()) faults.push(`${name}: ${violation}`);
        const { content, shown } = await console.page.evaluate(() => ({
          content: document.documentElement.scrollWidth,
          shown: document.documentElement.clientWidth,
        }));
        if (content > shown) faults.push(`${name}: ${content} pixels wide where ${shown} are shown`);
      }
      expect(faults).toEqual([]);
    },
    300_000,
  );

  test('has a title of its own, one first heading, and says in the navigation where one is', async () => {
    const { page, goto } = await openConsole('officer');
    const titles = new Set<string>();
    // Below trust the tabs say where one is.
    const places = VIEWS.filter(({ place }) => place.lastIndexOf('/') === 0);
    for (const { name, place } of places) {
      await goto(place);
      titles.add(await page.title());
      expect([name, await page.locator('h1').count()]).toEqual([name, 1]);
      expect([name, await page.locator('aside [aria-current="page"]').count()]).toEqual([name, 1]);
    }
    expect(titles.size).toBe(places.length);
  }, 300_000);
});
