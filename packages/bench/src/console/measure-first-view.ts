import { gzipSync } from 'node:zlib';
import { chromiumPath, launchChromium } from '@nyxera/federation-testing/chromium';
import type { Browser } from 'playwright-core';
import type { FirstViewMeasurement } from './console-report.ts';
import type { ConsoleSession } from './open-session.ts';

/** In the page: asked at every frame; a frame and a turn of its event loop later it has answered whatever was waiting. */
const UNTIL_INTERACTIVE = `new Promise((resolve) => {
  const isThere = () => document.querySelector('main h1') !== null &&
    [...document.querySelectorAll('[role="status"]')].every((one) => !one.textContent.startsWith('Loading'));
  const look = () => requestAnimationFrame(() => {
    if (!isThere()) look();
    else requestAnimationFrame(() => setTimeout(() => resolve(performance.now()), 0));
  });
  look();
})`;
const FILES = ['document', 'script', 'stylesheet', 'font', 'image'];

/**
 * Opens the overview with an empty cache, again and again: from the start of the navigation until its heading and numbers
 * are there, nothing is loading, and the main thread has come to the next frame, so that a key is answered. The start of
 * the browser itself is not in it. null: no chromium here.
 */
export async function measureFirstView(
  session: ConsoleSession,
  times: number,
): Promise<FirstViewMeasurement | null> {
  if (chromiumPath() === null) return null;
  const browser = await launchChromium();
  try {
    const interactiveMs: number[] = [];
    let assets = new Map<string, number>();
    for (let at = -1; at < times; at += 1) {
      const opened = await openOnce(browser, session);
      assets = opened.assets;
      // The first one starts the renderer and fills the gateway's own caches.
      if (at >= 0) interactiveMs.push(opened.interactiveMs);
    }
    const gzippedBytes = [...assets.values()].reduce((sum, bytes) => sum + bytes, 0);
    return { interactiveMs, gzippedBytes, files: assets.size };
  } finally {
    await browser.close();
  }
}

async function openOnce(
  browser: Browser,
  session: ConsoleSession,
): Promise<{ interactiveMs: number; assets: Map<string, number> }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    const at = session.cookie.indexOf('=');
    const cookie = { name: session.cookie.slice(0, at), value: session.cookie.slice(at + 1) };
    await context.addCookies([{ ...cookie, url: session.origin }]);
    const page = await context.newPage();
    const bodies: Promise<[url: string, bytes: number]>[] = [];
    page.on('response', (response) => {
      if (!FILES.includes(response.request().resourceType())) return;
      bodies.push(response.body().then((body) => [response.url(), gzipSync(body, { level: 9 }).length]));
    });
    await page.goto(`${session.origin}/console/`, { waitUntil: 'commit' });
    const interactiveMs = await page.evaluate<number>(UNTIL_INTERACTIVE);
    return { interactiveMs, assets: new Map(await Promise.all(bodies)) };
  } finally {
    await context.close();
  }
}
