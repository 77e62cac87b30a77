/**
 * `pnpm --filter @nyxera/gateway-console screenshots [VIEW...]`: every view, light and dark, at 1280 and at 390 pixels, as PNG
 * in `screenshots/`, which git ignores. They are there to be looked at. Uses the world of NYXERA_CONSOLE_WORLD, if any.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { details } from './details.ts';
import { closeConsoles, openConsole, startHarness, stopHarness } from './harness.ts';
import { VIEWS } from './views.ts';

const FOLDER = new URL('../../screenshots', import.meta.url).pathname;
const WIDTHS = [1280, 390];

async function main(wanted: readonly string[]): Promise<void> {
  await startHarness();
  try {
    mkdirSync(FOLDER, { recursive: true });
    const places = [...VIEWS, ...(await details())].filter(
      ({ name }) => wanted.length === 0 || wanted.some((one) => name.startsWith(one)),
    );
    for (const width of WIDTHS) {
      for (const dark of [false, true]) {
        const { page, goto } = await openConsole('officer', { width, dark });
        for (const { name, place } of places) {
          const file = join(FOLDER, `${name}-${width}-${dark ? 'dark' : 'light'}.png`);
          try {
            await goto(place);
            // A graph is placed by a worker, after its page has come.
            await page.getByText(/^Placing /).waitFor({ state: 'hidden' });
            await page.screenshot({ path: file });
          } catch (error) {
            console.error(`${name} at ${width}: ${error instanceof Error ? error.message : String(error)}`);
          }
        }
        await closeConsoles().catch((error: unknown) => console.error(String(error)));
      }
    }
    console.log(`${places.length * WIDTHS.length * 2} pictures in ${FOLDER}`);
  } finally {
    await stopHarness();
  }
}

await main(process.argv.slice(2));
