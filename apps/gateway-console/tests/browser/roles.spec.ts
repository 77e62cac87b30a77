/** What each role is shown and may: the gateway decides, and no page asks for what its reader may not have. */
import { describe, expect, test } from '@jest/globals';
import { type OpenConsole, openConsole, type Role, theWorld } from './harness.ts';
import { VIEWS } from './views.ts';
import { OPERATOR, OTHER_NAME, OTHER_OPERATOR, OTHER_TENANT, TENANT } from './world/actors.ts';

/** Everything that the page says, and everything that it was answered. */
async function lookAtEverything(console: OpenConsole): Promise<{ text: string; refused: string[] }> {
  const refused: string[] = [];
  const bodies: Promise<string>[] = [];
  console.page.on('response', (response) => {
    if (!response.url().includes('/console/api/')) return;
    if (response.status() >= 400) refused.push(`${response.status()} ${response.url()}`);
    if (!response.url().endsWith('/live')) bodies.push(response.text().catch(() => ''));
  });
  let text = '';
  const linked = new Set<string>();
  for (const { place } of VIEWS) {
    // What lies below a view is looked at where the view leads there.
    if (place.lastIndexOf('/') > 0 && !linked.has(`/console${place}`)) continue;
    await console.goto(place);
    text += await console.page.locator('body').textContent();
    const links = console.page.locator('main a[href]');
    for (const href of await links.evaluateAll((all) => all.map((one) => one.getAttribute('href') ?? ''))) {
      linked.add(href.split('?')[0] ?? '');
    }
  }
  return { text: text + (await Promise.all(bodies)).join('\n'), refused };
}

/** Who looks, and words of another tenant that they must not meet. */
const READERS: readonly (readonly [Role, readonly string[], readonly string[]])[] = [
  ['viewer', [OTHER_TENANT], [TENANT, OPERATOR, 'q4-external', 'host-telemetry', 'hostile-']],
  ['analyst', [TENANT], [OTHER_TENANT, OTHER_OPERATOR, OTHER_NAME, 'port-of-call']],
  ['operator', [], []],
];

describe('roles', () => {
  test.each(READERS)(
    '%s of %j: no view asks for what the reader may not have, or says a word of another tenant',
    async (role, tenants, foreign) => {
      const { text, refused } = await lookAtEverything(await openConsole(role, { tenants }));
      expect(refused).toEqual([]);
      for (const tenant of tenants) expect(text).toContain(tenant);
      expect(foreign.filter((word) => text.includes(word))).toEqual([]);
    },
    300_000,
  );

  test('a foreign tenant that is asked for by hand is refused, said, and audited', async () => {
    const { page, goto, tolerate } = await openConsole('analyst', { tenants: [OTHER_TENANT] });
    tolerate(/status of 403/);
    const count = async (): Promise<number> => {
      const [row] = await theWorld().sql<{ count: string }>(
        "SELECT count(*) FROM federation.audit_log WHERE code = 'tenant_forbidden'",
      );
      return Number(row?.count);
    };
    const before = await count();
    await goto(`/refusals?tenant=${TENANT}`);
    await page.getByText('Your session does not reach this tenant.').first().waitFor();
    expect(await count()).toBeGreaterThan(before);
  });
});
