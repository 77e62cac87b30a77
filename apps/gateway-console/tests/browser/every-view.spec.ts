/** What holds for every view, whoever wrote it. Each is opened once a theme, because opening is what costs. */
import { describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { details } from './details.ts';
import { findHarm } from './find-harm.ts';
import { openConsole } from './harness.ts';
import { VIEWS } from './views.ts';

const WIDE = 1280;
const NARROW = 390;

/** Below trust the tabs say where one is. */
const IN_NAVIGATION = VIEWS.filter(({ place }) => place.lastIndexOf('/') === 0).map(({ name }) => name);

async function shapeOf(page: Page) {
  return await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    shown: document.documentElement.clientWidth,
    title: document.title,
    headings: document.querySelectorAll('h1').length,
    current: document.querySelectorAll('aside [aria-current="page"]').length,
  }));
}

describe('every view', () => {
  test.each([
    ['light', WIDE],
    ['dark', NARROW],
  ] as const)(
    'is accessible (axe-core), text alone, %s at %i pixels, and does not scroll sideways; it has a title and one heading, and the navigation says where one is',
    async (theme, width) => {
      const { page, goto, axe } = await openConsole('officer', { width, dark: theme === 'dark' });
      const faults: string[] = [];
      const titles = new Map<string, string>();
      for (const { name, place } of [...VIEWS, ...(await details())]) {
        await goto(place);
        for (const fault of [...(await axe()), ...(await findHarm(page))]) faults.push(`${name}: ${fault}`);
        const { content, shown, title, headings, current } = await shapeOf(page);
        if (content > shown) faults.push(`${name}: ${content} pixels wide where ${shown} are shown`);
        if (headings !== 1) faults.push(`${name}: ${headings} first headings`);
        if (!IN_NAVIGATION.includes(name)) continue;
        // A narrow navigation is there only while it is opened.
        if (width === WIDE && current !== 1) faults.push(`${name}: ${current} places are the present one`);
        const other = titles.get(title);
        if (other !== undefined) faults.push(`${name}: the title of ${other}`);
        titles.set(title, name);
      }
      expect(faults).toEqual([]);
      expect(titles.size).toBe(IN_NAVIGATION.length);
    },
    300_000,
  );
});
