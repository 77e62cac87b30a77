/** What hostile text would have done to a page that took it for more than text. */
import type { Page } from 'playwright-core';

/**
 * What must never stand in a page as itself: controls but tab and line breaks, which the page lays out itself, marks that
 * turn the direction of what is around them, and what is invisible.
 */
const BARE = /(?![\t\n\r])\p{Cc}|[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;

/** Empty where everything is text. */
export async function findHarm(page: Page): Promise<readonly string[]> {
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
  const bare = BARE.exec(text)?.[0];
  return bare === undefined
    ? made
    : [...made, `bare ${JSON.stringify(bare)} U+${bare.codePointAt(0)?.toString(16)}`];
}
