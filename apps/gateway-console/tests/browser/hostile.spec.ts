/** Events are written by others. Whatever they hold is text on the page, and no formula in a spreadsheet. */
import { describe, expect, test } from '@jest/globals';
import { type OpenConsole, openConsole, theWorld } from './harness.ts';
import { VIEWS } from './views.ts';
import { OPERATOR, TENANT } from './world/actors.ts';

/**
 * What must never stand in a page as itself: controls but tab and line breaks, which the page lays out itself, marks that
 * turn the direction of what is around them, and what is invisible.
 */
const BARE = /(?![\t\n\r])\p{Cc}|[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;

async function expectHarmless({ page }: OpenConsole, where: string): Promise<void> {
  const { text, made } = await page.evaluate(() => ({
    text: document.body.textContent,
    // Elements that only hostile text would have made: the console has none of them, and no address from data.
    made: [
      ...document.querySelectorAll(
        'main script, main img[src="x"], main iframe, main [onerror], main [onload]',
      ),
    ]
      .concat([...document.querySelectorAll('a[href^="javascript:"]')])
      .map((one) => one.outerHTML),
  }));
  expect([where, made]).toEqual([where, []]);
  expect([where, BARE.exec(text)?.[0] ?? null]).toEqual([where, null]);
}

describe('hostile text in every free member of an event', () => {
  test('is text in every view', async () => {
    const console = await openConsole('officer');
    for (const { name, place } of VIEWS) {
      await console.goto(place);
      await expectHarmless(console, name);
    }
  }, 300_000);

  test('is text on the page of each such event, where it can be found again', async () => {
    const console = await openConsole('analyst');
    const places = hostilePlaces();
    expect(places.length).toBe(theWorld().contents.hostile.length);
    for (const { name, place } of places) {
      await console.goto(place);
      await expectHarmless(console, name);
      expect(await console.page.locator('main').textContent()).toContain(`hostile-${name}`);
    }
  }, 300_000);

  test('is no formula in a downloaded table', async () => {
    const { context } = await openConsole('analyst');
    const url = `${theWorld().origin}/console/api/v1/events?format=csv&severity=high`;
    const text = await (await context.request.get(url)).text();
    expect(text).toContain('hostile-formula');
    expect(cells(text).filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([]);
  });
});

function hostilePlaces(): readonly { readonly name: string; readonly place: string }[] {
  return theWorld().contents.hostile.map(({ name, eventId }) => {
    const query = new URLSearchParams({ tenant: TENANT, operator: OPERATOR, event: eventId });
    return { name, place: `/events/one?${query}` };
  });
}

/** RFC 4180. */
function cells(csv: string): string[] {
  return [...csv.matchAll(/(?:^|,|\r?\n)(?:"((?:[^"]|"")*)"|([^,\r\n]*))/g)].map(
    (found) => found[1]?.replaceAll('""', '"') ?? found[2] ?? '',
  );
}
