/**
 * Events are written by others. Whatever they hold is text on the page, and no formula in a spreadsheet. That it is text in
 * every view is looked at by `every-view.spec.ts`, which opens them all.
 */
import { describe, expect, test } from '@jest/globals';
import { findHarm } from './find-harm.ts';
import { openConsole, theWorld } from './harness.ts';
import { OPERATOR, TENANT } from './world/actors.ts';

describe('hostile text in every free member of an event', () => {
  test('is text on the page of each such event, where it can be found again', async () => {
    const console = await openConsole('analyst');
    const places = hostilePlaces();
    expect(places.length).toBe(theWorld().contents.hostile.length);
    for (const { name, place } of places) {
      await console.goto(place);
      expect([name, await findHarm(console.page)]).toEqual([name, []]);
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
